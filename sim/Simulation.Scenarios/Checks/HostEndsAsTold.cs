using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>The host ends when it is told to by <c>quit</c>, and when a migration fails that was begun with <c>exit-on-error</c>; then it
/// ends every session. For no other reason it ends.</summary>
public sealed class HostEndsAsTold : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        bool quits = run.Commands.Exists(exchange => exchange is { Command: MonitorCommand.Quit, Succeeded: true });
        bool fails = run.FinalStatus == MigrationStatus.Failed && run.Options.Monitor.ExitsOnError;
        bool ends = run.LeavesNanoseconds is not null;
        if ((quits || fails) && !ends)
            return $"the host goes on after {(quits ? "quit" : "a failed migration that was to end it")}";
        if (ends && !quits && !fails)
            return "the host ended for no reason";

        // A client that the host has not greeted came when the host was ending, and has no session with it.
        MonitorSession? left = !ends ? null : run.Sessions.Find(
            session => !session.IsEndedByServer && session.LeftOrder == int.MaxValue && session.Lines.Count > 0);
        return left is not null && run.LeavesNanoseconds + left.DelayNanoseconds < run.EndNanoseconds
            ? $"the host ended at {run.LeavesNanoseconds} ns and {left.Name} did not" : null;
    }
}
