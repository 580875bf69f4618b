namespace Simulation.Oracle;

/// <summary>How a migration must end.</summary>
public enum OracleOutcome
{
    /// <summary>The destination completes.</summary>
    Accepted,

    /// <summary>The destination fails; see <see cref="OracleVerdict.Fault"/>.</summary>
    Failed,

    /// <summary>
    /// The bytes so far are good, and the destination waits for more on a connection that is still open.
    /// </summary>
    Pending,

    /// <summary>
    /// The guest runs here, connections were lost, and the destination waits for a recovery; see <see cref="OracleVerdict.Postcopy"/>.
    /// </summary>
    Paused,
}

/// <summary>What must come out of a migration.</summary>
/// <remarks>
/// <see cref="Ram"/> belongs to the <see cref="OracleReader"/> and is overwritten by its next read; the rest stays
/// valid.
/// Connections are numbered 0 for main and 1 + k for the k-th multifd connection in order of acceptance.
/// </remarks>
public sealed class OracleVerdict
{
    private readonly RecordLog _mainRecords;
    private readonly IReadOnlyList<RecordLog> _channelRecords;

    internal OracleVerdict(RecordLog mainRecords, IReadOnlyList<RecordLog> channelRecords)
    {
        _mainRecords = mainRecords;
        _channelRecords = channelRecords;
    }

    /// <summary>How the migration must end.</summary>
    public required OracleOutcome Outcome { get; init; }

    /// <summary>
    /// The fault that ends it: main's if main has one, else that of the first faulty channel; null unless failed.
    /// </summary>
    public OracleFault? Fault => Faults.Count > 0 ? Faults[0] : null;

    /// <summary>
    /// Every fault that a destination may meet first, at most one a connection: connections are read concurrently.
    /// </summary>
    public required IReadOnlyList<OracleFault> Faults { get; init; }

    /// <summary>
    /// True when timing decides the outcome: multifd bytes behind the last synchronisation may or may not be read, and a channel that
    /// ends inside its initial packet may or may not be heard of before enough others are there. Both completed and failed are right, a
    /// failed one for one of <see cref="Faults"/>, and pages marked ambiguous may have either content.
    /// </summary>
    public required bool OutcomeDependsOnTiming { get; init; }

    /// <summary>
    /// The connection on which a pending migration waits, or null; a missing multifd connection counts too.
    /// </summary>
    public required int? WaitingForConnection { get; init; }

    /// <summary>The sections read whole, in order.</summary>
    public required IReadOnlyList<OracleSection> Sections { get; init; }

    /// <summary>The commands carried out, in order.</summary>
    public required IReadOnlyList<OracleCommand> Commands { get; init; }

    /// <summary>The CONFIGURATION section, or null when none was read whole.</summary>
    public required OracleConfiguration? Configuration { get; init; }

    /// <summary>Run state name of the last <c>globalstate</c> section, or null when none came.</summary>
    public required string? MigratedRunState { get; init; }

    /// <summary>Whether that section says that the guest was suspended before it was stopped.</summary>
    public bool MigratedGuestWasSuspended { get; init; }

    /// <summary>
    /// Run state after the migration: <c>inmigrate</c> unless accepted (sections 1.6 and 7.2); where timing decides, that of
    /// a migration that has completed.
    /// </summary>
    public required string FinalRunState { get; init; }

    /// <summary>
    /// Messages on the return path in order, SHUT included unless pending; empty when it was never opened.
    /// </summary>
    public required IReadOnlyList<OracleReturnMessage> ReturnPath { get; init; }

    /// <summary>Bytes read from main up to the end, or up to where the fault or the wait was met.</summary>
    public required long BytesConsumed { get; init; }

    /// <summary>Bytes read from each multifd connection.</summary>
    public required IReadOnlyList<long> ChannelBytesConsumed { get; init; }

    /// <summary>
    /// Bytes that each multifd connection had brought when it met main for the last time; a destination that completes has read these,
    /// and of what follows as much as it came to. Empty where main did not reach its end.
    /// </summary>
    public required IReadOnlyList<long> ChannelBytesMet { get; init; }

    /// <summary>Pages that came in records of the main channel.</summary>
    public OracleCounters Counters => _mainRecords.Total;

    /// <summary>Pages that came on each multifd connection.</summary>
    public IReadOnlyList<OracleCounters> ChannelCounters => [.. _channelRecords.Select(records => records.Total)];

    /// <summary>Pages that each multifd connection had brought when it met main for the last time, like <see cref="ChannelBytesMet"/>.</summary>
    public IReadOnlyList<OracleCounters> ChannelCountersMet =>
        [.. ChannelBytesMet.Select((bytes, channel) => ChannelCountersAt(channel, bytes))];

    /// <summary>Where main met its multifd channels, in order.</summary>
    public IReadOnlyList<OracleMeeting> Meetings { get; init; } = [];

    /// <summary>Pages that no record had brought before, in those records of main that lie wholly within its first bytes.</summary>
    /// <param name="mainOffset">Number of bytes received on main.</param>
    public long FirstPagesAt(long mainOffset) => _mainRecords.FirstAt(mainOffset);

    /// <summary>Pages that came, on all channels and in the file, each as often as it came.</summary>
    public long PageRecords => Pages(Counters) + ChannelCounters.Sum(Pages) + MappedPages;

    /// <summary>Bytes of main up to the end of the block list, which gives the blocks their lengths; <see cref="long.MaxValue"/> when none
    /// was read whole.</summary>
    public long BlockListEnd { get; init; } = long.MaxValue;

    /// <summary>What postcopy has brought; null where the source has not said that it may come to it.</summary>
    public OraclePostcopy? Postcopy { get; init; }

    /// <summary>Pages read from the page areas of a mapped-ram file.</summary>
    public required long MappedPages { get; init; }

    /// <summary>Guest RAM after the migration; of a failed one, only pages of records read whole are defined.</summary>
    public required OracleRam Ram { get; init; }

    /// <summary>Pages in those records of main that lie wholly within its first bytes.</summary>
    /// <param name="mainOffset">Number of bytes received on main.</param>
    public OracleCounters CountersAt(long mainOffset) => _mainRecords.At(mainOffset);

    /// <summary>
    /// Pages that lie wholly within the first bytes of a multifd connection: a zero page ends with its packet's header, a
    /// compressed one with its packet.
    /// </summary>
    /// <param name="channel">Index of the connection in order of acceptance, from 0.</param>
    /// <param name="channelOffset">Number of bytes received on it.</param>
    public OracleCounters ChannelCountersAt(int channel, long channelOffset) =>
        _channelRecords[channel].At(channelOffset);

    private static long Pages(OracleCounters counters) => counters.Normal + counters.Zero + counters.Xbzrle;
}

/// <summary>Pages by kind of record; a page cut by end of file is not counted.</summary>
/// <param name="Normal">PAGE records or normal pages of multifd packets.</param>
/// <param name="Zero">ZERO records or zero pages of multifd packets.</param>
/// <param name="Xbzrle">XBZRLE records.</param>
/// <param name="XbzrleBytes">Bytes of the XBZRLE records without their 8-byte headers, as the source counts
/// them.</param>
public readonly record struct OracleCounters(long Normal, long Zero, long Xbzrle = 0, long XbzrleBytes = 0);

/// <summary>A place where main met all multifd channels: both have been read up to here when main goes on.</summary>
/// <param name="MainBytes">Bytes of main up to the end of the record that asks for it.</param>
/// <param name="ChannelBytes">Bytes of each multifd connection up to the end of its SYNC packet.</param>
/// <param name="UniquePages">Pages received at least once by then.</param>
public readonly record struct OracleMeeting(long MainBytes, IReadOnlyList<long> ChannelBytes, long UniquePages);

/// <summary>A section read whole.</summary>
/// <param name="Type">Section type byte, 1 to 4.</param>
/// <param name="SectionId">Id on the wire.</param>
/// <param name="IdStr">Name of its handler.</param>
/// <param name="InstanceId">Instance of its handler.</param>
/// <param name="Version">Version it was started with.</param>
/// <param name="Offset">Offset of the type byte on main.</param>
/// <param name="Length">Bytes from the type byte to the end of the footer; with mapped-ram the page areas
/// included.</param>
/// <param name="Records">RAM records of every kind, EOS included; 0 for other sections.</param>
public readonly record struct OracleSection(
    byte Type, uint SectionId, string IdStr, uint InstanceId, uint Version, long Offset, long Length, int Records);

/// <summary>A command carried out.</summary>
/// <param name="Command">Number of the command.</param>
/// <param name="Offset">Offset of the type byte 0x08 on main.</param>
/// <param name="Length">Length of the payload, bytes.</param>
public readonly record struct OracleCommand(ushort Command, long Offset, int Length);

/// <summary>A message that the destination must send on the return path (stream reference, section 6.2).</summary>
/// <param name="Type">1 SHUT, 2 PONG, 5 RECV_BITMAP, 6 RESUME_ACK, 7 SWITCHOVER_ACK.</param>
/// <param name="Value">The payload of SHUT, PONG and RESUME_ACK, null for the others.</param>
/// <param name="DueAt">Bytes of main that must have been read before it may be sent.</param>
public readonly record struct OracleReturnMessage(ushort Type, uint? Value, long DueAt)
{
    /// <summary>0 on the first connection, k on that of the k-th recovery.</summary>
    public int Leg { get; init; }

    /// <summary>The block that RECV_BITMAP speaks of.</summary>
    public string? Block { get; init; }

    /// <summary>The bitmap of RECV_BITMAP: a bit for each page that is there.</summary>
    public ReadOnlyMemory<byte> Bitmap { get; init; }

    /// <summary>Bits that may or may not be among them: pages of a connection that was lost before anybody could say that they were read.</summary>
    public ReadOnlyMemory<byte> DoubtfulBitmap { get; init; }
}

/// <summary>What the CONFIGURATION section says (stream reference, section 1.4).</summary>
/// <param name="MachineName">Machine type name of the source.</param>
/// <param name="TargetPageBits">Subsection <c>target-page-bits</c>, or null when absent.</param>
/// <param name="Capabilities">Subsection <c>capabilities</c>, or null when absent.</param>
/// <param name="Uuid">Subsection <c>uuid</c>, 16 bytes, or empty when absent.</param>
public sealed record OracleConfiguration(
    string MachineName, uint? TargetPageBits, IReadOnlyList<string>? Capabilities, ReadOnlyMemory<byte> Uuid);
