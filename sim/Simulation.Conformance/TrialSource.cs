using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;
using Simulation.Source.Hosting;

namespace Simulation.Conformance;

/// <summary>The source of a case, for our destination: makes the connections, sends and ends them in the order of the log. When they are
/// lost it has the destination recover.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="migration">The migration, begun.</param>
/// <param name="played">The case.</param>
/// <param name="kind">How connections hand their bytes out.</param>
internal sealed class TrialSource(SimulationLoop loop, IncomingMigration migration, RefereeCase played, TrialHostKind kind)
{
    // All that can happen happens before any virtual time passes, but for what waits for it.
    private const long SettleNanoseconds = 1_000_000;

    private readonly TrialChannel[] _channels = [.. played.Connections.Select((connection, number) => new TrialChannel(
        loop, $"connection/{number}", connection.Bytes, played.HasListener, played.IsFile, kind))];

    private TrialListener? _listener;
    private int _leg;

    /// <summary>What the destination has sent back on each connection.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Answers => [.. _channels.Select(channel => channel.Answers)];

    /// <summary>Plays the log.</summary>
    public async Task RunAsync()
    {
        if (played.HasListener)
            Listen();
        RecordedStep? before = null;
        foreach (RecordedStep step in played.Steps)
        {
            if (before is { } last && played.IsOrdered(step, last))
                await loop.Delay(SettleNanoseconds);
            before = step;
            if (step.Action == RecordedAction.Connects && !await ConnectAsync(step.Connection))
                return;
            if (step.Action == RecordedAction.Sends)
                _channels[step.Connection].Deliver(step.Bytes);
            else if (step.Action == RecordedAction.Ends)
                _channels[step.Connection].End();
        }
    }

    // A destination that is not paused recovers nothing, and the source does not come to it.
    private async Task<bool> ConnectAsync(int number)
    {
        if (played.Connections[number].Leg > _leg)
        {
            await loop.Delay(SettleNanoseconds);
            if (migration.State.Status != MigrationStatus.PostcopyPaused)
                return false;
            _leg = played.Connections[number].Leg;
            Listen();
        }

        TrialChannel channel = _channels[number];
        if (_listener is not null)
            _listener.Add(channel);
        else
            loop.Spawn("main", () => migration.AttachAsync(channel));
        return true;
    }

    private void Listen()
    {
        TrialListener listener = _listener = new(loop);
        loop.Spawn("listener", () => migration.ServeAsync(listener));
    }
}
