using System.Globalization;
using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>The destination's world, made of the simulation's loop.</summary>
/// <param name="loop">The loop.</param>
/// <param name="memory">Where guest memory comes from.</param>
/// <param name="trace">What is told to.</param>
/// <param name="observation">Where the rest is noted.</param>
internal sealed class SimulatedEnvironment(
    SimulationLoop loop, PooledMemory memory, MigrationTrace trace, RunObservation observation) : DestinationEnvironment
{
    /// <inheritdoc/>
    public override TimeProvider TimeProvider => loop.TimeProvider;

    /// <inheritdoc/>
    public override MigrationTrace Trace => trace;

    /// <inheritdoc/>
    public override GuestProgram? Guest =>
        observation.Options.Migration.Postcopy is { Vcpus: > 0 } ? new ScenarioGuest(loop, observation) : null;

    /// <summary>Told when a task of the destination has ended, and which.</summary>
    public Action<string>? OnTaskEnded { get; init; }

    /// <inheritdoc/>
    public override Task Spawn(string name, Func<Task> body) => IsRefused(name)
        ? throw new IOException($"no thread is left for '{name}'")
        : loop.Spawn(name, () => RunAsync(name, body), isBackground: true).Completion;

    /// <inheritdoc/>
    public override ValueTask Point(string site)
    {
        observation.Sites.Pass(site, observation.Options.Migration.MultifdChannels);
        return loop.Point(site);
    }

    /// <inheritdoc/>
    public override ValueTask Delay(TimeSpan duration) => loop.Delay((long)duration.TotalNanoseconds);

    /// <inheritdoc/>
    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes)
    {
        observation.MappedBytes += lengthBytes;
        return memory.Rent(lengthBytes, observation.Options.PoisonByte, observation.Options.Host);
    }

    // A reader of a mapped-ram block is named "multifd/reader/block".
    private bool IsRefused(string name) => observation.Options.Host.Readers is { } readers
        && name.Split('/') is ["multifd", var reader, _] && int.Parse(reader, CultureInfo.InvariantCulture) >= readers;

    private async Task RunAsync(string name, Func<Task> body)
    {
        await WatchAsync(body);
        OnTaskEnded?.Invoke(name);
    }

    /// <summary>Runs code of the destination. What it throws is a finding, not a crash of the harness.</summary>
    /// <param name="body">The code.</param>
    /// <returns>Its end, never faulted by the destination.</returns>
    private async Task WatchAsync(Func<Task> body)
    {
        try
        {
            await body();
        }
        catch (Exception thrown) when (thrown is not Engine.HarnessException)
        {
            observation.NoteThrown(thrown);
        }
    }
}
