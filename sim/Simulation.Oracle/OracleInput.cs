namespace Simulation.Oracle;

/// <summary>One whole migration as the destination sees it.</summary>
public sealed record OracleInput
{
    /// <summary>The destination machine.</summary>
    public required OracleMachine Machine { get; init; }

    /// <summary>Names of the migration capabilities that are on at the destination, as QMP spells them.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Parameter <c>multifd-channels</c>, 1 to 255.</summary>
    public int MultifdChannels { get; init; } = 2;

    /// <summary>Parameter <c>multifd-compression</c>.</summary>
    public OracleCompression MultifdCompression { get; init; } = OracleCompression.None;

    /// <summary>The main connection, or with <c>mapped-ram</c> the whole file.</summary>
    public required OracleConnection Main { get; init; }

    /// <summary>
    /// Offset of the migration in the file (<c>file:NAME,offset=X</c>), bytes; offsets in headers stay absolute.
    /// </summary>
    public long MainStart { get; init; }

    /// <summary>The multifd connections in the order in which they were accepted.</summary>
    public IReadOnlyList<OracleConnection> Channels { get; init; } = [];

    /// <summary>The connection that carries urgent pages in postcopy (capability <c>postcopy-preempt</c>); null where it has not come.</summary>
    public OracleConnection? Preempt { get; init; }

    /// <summary>The connections of each recovery of postcopy, in order. Where there is a further one, those before it were given up, be
    /// it by an order: what they brought may not have been read.</summary>
    public IReadOnlyList<OracleRecovery> Recoveries { get; init; } = [];

    /// <summary>The pages that the destination has asked for in postcopy: its guest waits for each of them.</summary>
    public IReadOnlyList<OracleRequest> Requests { get; init; } = [];

    /// <summary>Byte that fills guest RAM before the migration.</summary>
    public byte PoisonByte { get; init; }

    /// <summary>
    /// Content of RAM blocks before the migration by name; a block without an entry is filled with <see
    /// cref="PoisonByte"/>.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> InitialRam { get; init; } =
        new Dictionary<string, ReadOnlyMemory<byte>>();
}

/// <summary>All bytes of one connection from source to destination.</summary>
/// <param name="Bytes">The bytes, in order.</param>
/// <param name="Ended">True when end of file follows the last byte, false when the connection stays open and
/// silent.</param>
/// <param name="Broken">Whether that end is a failure of the connection, such as a reset: then it is clean nowhere.</param>
public readonly record struct OracleConnection(ReadOnlyMemory<byte> Bytes, bool Ended = true, bool Broken = false)
{
    /// <summary>Whether the destination itself has ended it before it had an end: it reads no more of it.</summary>
    public bool Abandoned { get; init; }

    /// <summary>Ranges of a file that are zero and not among <see cref="Bytes"/>, in ascending order; null for none.</summary>
    public IReadOnlyList<(long Offset, long Length)>? Holes { get; init; }
}

/// <summary>A page that the destination has asked for.</summary>
/// <param name="Leg">0 for the first connections, k for those of the k-th recovery.</param>
/// <param name="Block">The block's name.</param>
/// <param name="Offset">Offset of the page in the block, bytes.</param>
public readonly record struct OracleRequest(int Leg, string Block, long Offset);

/// <summary>The connections of one recovery of postcopy (stream reference, section 6.5).</summary>
/// <param name="Main">Main, which begins without a header.</param>
/// <param name="Preempt">The connection for urgent pages; null where it has not come.</param>
public readonly record struct OracleRecovery(OracleConnection Main, OracleConnection? Preempt = null);

/// <summary>Parameter <c>multifd-compression</c>.</summary>
public enum OracleCompression
{
    /// <summary>Pages travel as they are.</summary>
    None,

    /// <summary>One zlib stream per channel.</summary>
    Zlib,

    /// <summary>One zstd stream per channel.</summary>
    Zstd,
}
