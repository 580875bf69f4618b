using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Whatever the migration does, each QMP command gets its own reply at once, and the right sort of reply (stream reference,
/// section 10.1, V2).</summary>
public sealed class ControlPlaneAnswers : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (CommandExchange command in run.Commands)
        {
            if (command.AnsweredNanoseconds is not { } answered)
                return $"{command.Command} at {command.SentNanoseconds} ns was not answered";
            if (answered != command.SentNanoseconds)
                return $"{command.Command} at {command.SentNanoseconds} ns was answered at {answered} ns";
            if (!command.IsReplyToIt)
                return $"{command.Command} at {command.SentNanoseconds} ns got the reply of another command";
            if (MustFail(command.Command) is { } fails && fails != (command.Error is not null))
                return $"{command.Command} at {command.SentNanoseconds} ns {(fails ? "succeeded" : $"failed: {command.Error}")}";
        }

        return null;
    }

    private static bool? MustFail(MonitorCommand command) => command switch
    {
        MonitorCommand.BeginAtTakenAddress or MonitorCommand.BeginAgain or MonitorCommand.Unknown => true,
        MonitorCommand.SwitchCapability or MonitorCommand.SetParameter => null,
        _ => false,
    };
}
