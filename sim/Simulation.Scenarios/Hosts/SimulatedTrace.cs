using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Wire;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Hosts;

/// <summary>What the destination tells goes into the trace, into the observation, and to the monitor as events.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="capabilities">The host's capabilities.</param>
/// <param name="observation">Where it is noted.</param>
internal sealed class SimulatedTrace(SimulationLoop loop, MigrationCapabilities capabilities, RunObservation observation)
    : QmpEvents(loop.TimeProvider, capabilities)
{
    /// <summary>The migration's state, once there is a migration.</summary>
    public MigrationIncomingState? State { get; set; }

    /// <summary>The guest, once there is one.</summary>
    public VirtualMachine? VirtualMachine { get; set; }

    /// <summary>The wall clock in microseconds since 1970.</summary>
    public long Stamp => (loop.TimeProvider.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <inheritdoc/>
    public override void StatusChanged(MigrationStatus from, MigrationStatus to)
    {
        loop.Record(ScenarioTraceKinds.Status, (int)from, (int)to, text: to.ToQapi());
        observation.Statuses.Add(new(observation.NextOrder(), loop.NowNanoseconds, from, to, ShowsFigures(to), Stamp));
        base.StatusChanged(from, to);
    }

    /// <inheritdoc/>
    public override void RunStateChanged(RunState from, RunState to)
    {
        loop.Record(ScenarioTraceKinds.RunState, (int)from, (int)to, text: to.ToQapi());
        bool isShown = VirtualMachine is null || VirtualMachine.State == to;
        observation.RunStates.Add(new(observation.NextOrder(), loop.NowNanoseconds, from, to, Stamp, isShown));
        base.RunStateChanged(from, to);
    }

    /// <inheritdoc/>
    public override void SectionStarted(SectionType type, uint sectionId, string name, long offsetBytes) =>
        loop.Record(ScenarioTraceKinds.Section, (int)type, sectionId, offsetBytes, name);

    /// <inheritdoc/>
    public override void CommandReceived(CommandType command, long offsetBytes)
    {
        loop.Record(ScenarioTraceKinds.Command, (int)command, offsetBytes);
        if (command == CommandType.SwitchoverStart)
            observation.SwitchoverNanoseconds ??= loop.NowNanoseconds;
    }

    /// <inheritdoc/>
    public override void ReturnPathMessageSent(ReturnPathMessageType type, uint value)
    {
        loop.Record(ScenarioTraceKinds.ReturnPath, (int)type, value);
        observation.ReturnPath.Add(new(observation.NextOrder(), loop.NowNanoseconds, type, value, observation.LastMain?.Count ?? 0));
    }

    /// <inheritdoc/>
    public override void ConnectionRefused(string channel, string reason)
    {
        loop.Record(ScenarioTraceKinds.Refused, text: channel);
        observation.Refuse(channel);
    }

    /// <inheritdoc/>
    public override void Warning(string message)
    {
        loop.Record(ScenarioTraceKinds.Warning, text: message);
        observation.Warnings.Add(message);
    }

    private bool ShowsFigures(MigrationStatus status)
    {
        if (!status.IsTerminal() || State is null)
            return State is null || State.Status == status;
        var (seen, figures) = State.Snapshot();
        return seen == status && (figures.TotalTimeNanoseconds is not null || observation.Activation is null);
    }
}
