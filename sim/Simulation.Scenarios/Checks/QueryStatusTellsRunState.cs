using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary><c>query-status</c> names the run state that the guest has at that moment (stream reference, section 7.2).</summary>
public sealed class QueryStatusTellsRunState : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (CommandExchange command in run.Commands)
        {
            if (command is not { Command: MonitorCommand.QueryStatus, AnsweredNanoseconds: not null })
                continue;
            RunState state = RunState.InMigrate;
            foreach (RunStateChange change in run.RunStates)
            {
                if (change.Order < command.Order)
                    state = change.To;
            }

            if (command.Status != state.ToQapi())
                return $"query-status said '{command.Status}' at {command.SentNanoseconds} ns, when the guest was '{state.ToQapi()}'";
        }

        return null;
    }
}
