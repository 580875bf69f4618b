using Qemu.Migration.Destination.Machine;
using Simulation.Engine.Choices;
using Simulation.Oracle;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;
using Simulation.Source.Deviations;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.MappedRam;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Recording;

/// <summary>
/// A scenario's stream as its source writes it for a destination that agrees with everything: fixed bytes, for whoever wants to see
/// what several destinations make of them. Of the faults only corrupted bytes and ends at an offset have a meaning here. In postcopy such
/// an end loses the source its connections, and it recovers if the scenario does; pages are asked for as often as its guest touches some.
/// </summary>
/// <param name="Connections">Main, or the file; the multifd channels by their ids; then the connections of postcopy as they are made.</param>
/// <param name="Log">What the source does with them, in order.</param>
/// <param name="Profile">The destination machine as the destination knows it.</param>
/// <param name="Machine">The destination machine as the oracle knows it.</param>
/// <param name="Capabilities">Names of the capabilities that are on at the destination.</param>
public sealed record ScenarioRecording(
    IReadOnlyList<RecordedConnection> Connections,
    IReadOnlyList<RecordedStep> Log,
    MachineProfile Profile,
    OracleMachine Machine,
    IReadOnlyList<string> Capabilities)
{
    private const long UsualBytesPerSecond = 1L << 30;

    /// <summary>The main channel's bytes, or the file's.</summary>
    public ReadOnlyMemory<byte> Main => Connections[0].Bytes;

    /// <summary>The bytes of the multifd channels, by their ids; empty where there are none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Channels => [.. Connections.Where(connection => connection.IsMultifd).Select(connection => connection.Bytes)];

    /// <summary>Has the scenario's source migrate.</summary>
    /// <param name="options">The scenario.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="ArgumentException">The scenario is not valid.</exception>
    public static ScenarioRecording Of(ScenarioOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        ScenarioMachine machine = new(options);
        SeedStreams streams = new(options.Seed);
        GuestModel guest = new(machine.Layout);
        guest.Fill(options.Guest.Content, streams.SeedOf("guest/content"));
        if (options.Migration.FileOffset > 0 || options.Blocks.Any(block => block.FreePages > 0))
            throw new ArgumentException("a file with holes is no piece of memory", nameof(options));
        FileImage? image = options.Migration.MappedRam ? new() : null;
        using MigrationSource source = new(guest, machine.Source, machine.SourceOptions, image);
        if (options.Deviations.Count > 0)
            _ = new Deviator(source, machine.Source, options.Deviations);
        if (options.Guest.Pattern != DirtyPattern.Idle && options.Machine.RunState is null)
            guest.Start(SimulatedSource.Workload(options), streams.SeedOf("guest/writes"), 0);
        long speed = options.Link.BytesPerSecond;
        StreamRecorder recorder = new() { LinkBytesPerSecond = speed == 0 ? UsualBytesPerSecond : speed };
        if (options.Migration.Postcopy is { } postcopy)
            new RecordedPeer(options, machine, recorder, streams.Stream("recording/touches")).Serve(postcopy);
        recorder.Record(source);
        return new(
            [.. recorder.Connections.Select(connection => Damage(image is null ? connection : connection with { Bytes = image.Content }, options))],
            recorder.Log, machine.Profile, machine.Oracle, [.. machine.CapabilityNames]);
    }

    /// <summary>A connection with the faults that the scenario has for it.</summary>
    internal static RecordedConnection Damage(RecordedConnection connection, ScenarioOptions options) => connection with
    {
        Bytes = FaultInjector.Damage(
            connection.Bytes, [.. options.Faults.Where(fault => fault.Connection is null || fault.Connection == connection.Name)], out _),
    };
}
