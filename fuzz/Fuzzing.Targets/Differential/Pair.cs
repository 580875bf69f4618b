using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;

namespace Fuzzing.Targets.Differential;

/// <summary>A destination and an oracle with the same machine and settings.</summary>
internal sealed class Pair
{
    private readonly OracleMachine _machine;
    private readonly string[] _capabilities;
    private readonly OracleReader _oracle = new();

    public Pair(MachineProfile profile, params string[] capabilities)
        : this(profile, capabilities, new FuzzDestination(profile, Machines.With(capabilities)))
    {
    }

    public Pair(MachineProfile profile, string[] capabilities, FuzzDestination destination)
    {
        _machine = OracleMachines.Of(profile);
        _capabilities = capabilities;
        Destination = destination;
    }

    /// <summary>A pair whose destination's memory is written through.</summary>
    public static Pair WrittenThrough(MachineProfile profile) =>
        new(profile, [], new FuzzDestination(profile, Machines.With(), isWrittenThrough: true));

    /// <summary>The destination.</summary>
    public FuzzDestination Destination { get; }

    /// <summary>Channel for streams without a script: lent for a mapped-ram file, else in portions.</summary>
    public FuzzChannel Channel { get; init; } = new(Delivery.Portions);

    /// <summary>multifd-channels.</summary>
    public int MultifdChannels { get; init; } = 2;

    /// <summary>multifd-compression.</summary>
    public OracleCompression Compression { get; init; }

    /// <summary>Whether memory can be compared after a failure: one channel, nothing read out of order.</summary>
    public bool IsSequential => !_capabilities.Contains("multifd") && !_capabilities.Contains("mapped-ram");

    /// <summary>Whether only a page of content is marked received.</summary>
    public bool IsFile => _capabilities.Contains("mapped-ram");

    /// <summary>What must come of a stream.</summary>
    public OracleVerdict Ask(ReadOnlyMemory<byte> main, IReadOnlyList<ReadOnlyMemory<byte>> channels, bool mainCame = true) =>
        _oracle.Read(Question(new OracleConnection(main, Ended: mainCame)) with
        {
            Channels = [.. channels.Select(bytes => new OracleConnection(bytes))],
        });

    /// <summary>What must come of a main connection and recoveries behind it.</summary>
    public OracleVerdict Ask(OracleConnection main, IReadOnlyList<OracleConnection> recoveries) =>
        _oracle.Read(Question(main) with { Recoveries = [.. recoveries.Select(recovery => new OracleRecovery(recovery))] });

    private OracleInput Question(OracleConnection main) => new()
    {
        Machine = _machine,
        Capabilities = _capabilities,
        MultifdChannels = MultifdChannels,
        MultifdCompression = Compression,
        Main = main,
    };
}
