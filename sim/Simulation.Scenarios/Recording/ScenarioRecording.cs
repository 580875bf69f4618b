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
/// what several destinations make of them. Of the faults only corrupted bytes and ends at an offset have a meaning here.
/// </summary>
/// <param name="Main">The main channel's bytes, or the file's.</param>
/// <param name="Channels">The bytes of the multifd channels, by their ids; empty where there are none.</param>
/// <param name="Profile">The destination machine as the destination knows it.</param>
/// <param name="Machine">The destination machine as the oracle knows it.</param>
/// <param name="Capabilities">Names of the capabilities that are on at the destination.</param>
public sealed record ScenarioRecording(
    ReadOnlyMemory<byte> Main,
    IReadOnlyList<ReadOnlyMemory<byte>> Channels,
    MachineProfile Profile,
    OracleMachine Machine,
    IReadOnlyList<string> Capabilities)
{
    private const long UsualBytesPerSecond = 1L << 30;

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
        recorder.Record(source);
        return new(
            Damage(image?.Content ?? recorder.Main, options, "main"),
            [.. source.Channels.Select((_, id) => Damage(recorder.Channel(id), options, $"multifd/{id}"))],
            machine.Profile, machine.Oracle, [.. machine.CapabilityNames]);
    }

    private static ReadOnlyMemory<byte> Damage(ReadOnlyMemory<byte> content, ScenarioOptions options, string connection) =>
        FaultInjector.Damage(
            content, [.. options.Faults.Where(fault => fault.Connection is null || fault.Connection == connection)], out _);
}
