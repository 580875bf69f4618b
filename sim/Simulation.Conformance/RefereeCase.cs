using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>One connection of a case: its bytes, sent whole, then closed.</summary>
/// <param name="Bytes">From the source to the destination.</param>
internal sealed record RefereeConnection(ReadOnlyMemory<byte> Bytes)
{
    private const uint MainMagic = 0x5145564d;
    private const uint MultifdMagic = 0x11223344;

    /// <summary>Whether it begins as a main channel.</summary>
    public bool IsMain => BeginsWith(MainMagic);

    /// <summary>Whether it begins as a multifd channel.</summary>
    public bool IsMultifd => BeginsWith(MultifdMagic);

    private bool BeginsWith(uint magic) => Bytes.Length >= sizeof(uint)
        && System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(Bytes.Span) == magic;
}

/// <summary>A whole migration as fixed bytes, and the destination it goes to: a machine <c>none</c> with one RAM block.</summary>
internal sealed record RefereeCase
{
    /// <summary>What it is, for people: a seed with what is odd about it, or a file.</summary>
    public required string Name { get; init; }

    /// <summary>The arguments of <c>simulate referee</c> that judge it again.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The machine as our destination knows it.</summary>
    public required MachineProfile Profile { get; init; }

    /// <summary>The machine as the oracle knows it.</summary>
    public required OracleMachine Machine { get; init; }

    /// <summary>Names of the capabilities that are on.</summary>
    public required IReadOnlyList<string> Capabilities { get; init; }

    /// <summary>Parameter <c>multifd-channels</c>.</summary>
    public int MultifdChannels { get; init; } = 2;

    /// <summary>Parameter <c>multifd-compression</c>.</summary>
    public OracleCompression Compression { get; init; }

    /// <summary>Whether there is one connection and it is a file.</summary>
    public bool IsFile { get; init; }

    /// <summary>Whether the guest starts when it has arrived; false for <c>-S</c>.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>What fills RAM before the migration.</summary>
    public byte Poison { get; init; }

    /// <summary>What was in RAM before the migration, where that is more than <see cref="Poison"/>; else empty.</summary>
    public ReadOnlyMemory<byte> InitialRam { get; init; }

    /// <summary>The connections in the order in which they are made.</summary>
    public required IReadOnlyList<RefereeConnection> Connections { get; init; }

    /// <summary>The one RAM block.</summary>
    public RamBlockDescription Block => Profile.RamBlocks[0];

    /// <summary>Whether multifd channels connect.</summary>
    public bool HasChannels => Capabilities.Contains("multifd") && !IsFile;

    /// <summary>A byte string in RAM as it is before the migration.</summary>
    /// <param name="ram">Where to put it; as long as the block.</param>
    public void FillRam(Span<byte> ram)
    {
        ram.Fill(Poison);
        InitialRam.Span.CopyTo(ram);
    }
}
