using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;
using Simulation.Source.Hosting;

namespace Simulation.Conformance;

/// <summary>One connection of a case.</summary>
/// <param name="Bytes">From the source to the destination.</param>
internal sealed record RefereeConnection(ReadOnlyMemory<byte> Bytes)
{
    private const uint MainMagic = 0x5145564d;
    private const uint MultifdMagic = 0x11223344;

    /// <summary>0, or the number of the recovery of postcopy that it belongs to.</summary>
    public int Leg { get; init; }

    /// <summary>Whether it is the channel for urgent pages of its leg.</summary>
    public bool IsUrgent { get; init; }

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

    /// <summary>Whether the destination listens though one connection is all that may come, as a process does: what does not begin as a main
    /// channel is not of its source then, and it goes on waiting (L5).</summary>
    public bool MeetsAnybody { get; init; }

    /// <summary>Whether the guest starts when it has arrived; false for <c>-S</c>.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>What fills RAM before the migration.</summary>
    public byte Poison { get; init; }

    /// <summary>What was in RAM before the migration, where that is more than <see cref="Poison"/>; else empty.</summary>
    public ReadOnlyMemory<byte> InitialRam { get; init; }

    /// <summary>The connections in the order in which they are made.</summary>
    public required IReadOnlyList<RefereeConnection> Connections { get; init; }

    /// <summary>What the source does with them, in order; null where it makes each, sends all of it and closes it.</summary>
    public IReadOnlyList<RecordedStep>? Log { get; init; }

    /// <summary><see cref="Log"/>, spelt out where there is none.</summary>
    public IReadOnlyList<RecordedStep> Steps => Log ?? [.. Connections.SelectMany((connection, number) => (RecordedStep[])
        [new(number, RecordedAction.Connects), new(number, RecordedAction.Sends, connection.Bytes.Length), new(number, RecordedAction.Ends)])];

    /// <summary>The one RAM block.</summary>
    public RamBlockDescription Block => Profile.RamBlocks[0];

    /// <summary>Whether multifd channels connect.</summary>
    public bool HasChannels => Capabilities.Contains("multifd") && !IsFile;

    /// <summary>Whether the destination listens: more than one connection may come.</summary>
    public bool HasListener => HasChannels || MeetsAnybody || Connections.Any(connection => connection.IsUrgent || connection.Leg > 0);

    /// <summary>The main connection of a leg, or null.</summary>
    /// <param name="leg">0, or the number of a recovery.</param>
    public RefereeConnection? MainOf(int leg) => Connections.FirstOrDefault(
        connection => connection.Leg == leg && !connection.IsUrgent && (leg > 0 || !(HasChannels || MeetsAnybody) || connection.IsMain));

    /// <summary>Whether a connection is lost before the source is done: a recovery follows it.</summary>
    /// <param name="number">The connection's number.</param>
    public bool IsLost(int number) => Connections[number].Leg < Connections[^1].Leg;

    /// <summary>Whether a step must not begin before all that was done before it has had its effect: the order of main and the channel for
    /// urgent pages decides what comes of both, and a connection that is lost has brought what was sent.</summary>
    /// <param name="step">The step.</param>
    /// <param name="before">The one before it.</param>
    public bool IsOrdered(RecordedStep step, RecordedStep before) => Log is not null && (step.Action == RecordedAction.Ends
        || (step.Connection != before.Connection && (Connections[step.Connection].IsUrgent || Connections[before.Connection].IsUrgent)));

    /// <summary>A byte string in RAM as it is before the migration.</summary>
    /// <param name="ram">Where to put it; as long as the block.</param>
    public void FillRam(Span<byte> ram)
    {
        ram.Fill(Poison);
        InitialRam.Span.CopyTo(ram);
    }
}
