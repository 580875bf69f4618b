using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class ControlPlaneLies
{
    // With a monitor that is awkward enough to send every command at least once.
    private static readonly ScenarioOptions Awkward =
        Samples.Precopy with { Monitor = Samples.Precopy.Monitor with { IsAwkward = true, FirstAddressIsTaken = true, CommandCount = 100 } };

    public static IEnumerable<Doctoring> All =>
    [
        .. Enum.GetValues<MonitorCommand>().Select(command => Lie($"{command} got no reply", command,
            exchange => exchange with { AnsweredNanoseconds = null }, (exchange) => "was not answered")),
        Lie("a reply came late", MonitorCommand.QueryMigrate,
            exchange => exchange with { AnsweredNanoseconds = exchange.SentNanoseconds + 1 },
            exchange => $"was answered at {exchange.SentNanoseconds + 1} ns"),
        Lie("a reply carries another id", MonitorCommand.QueryStatus,
            exchange => exchange with { IsReplyToIt = false }, _ => "got the reply of another command"),
        .. from command in new[] { MonitorCommand.BeginAgain, MonitorCommand.BeginAtTakenAddress, MonitorCommand.Unknown }
           select Lie($"{command} succeeded", command, exchange => exchange with { Error = null }, _ => "succeeded"),
        .. from command in new[]
           {
               MonitorCommand.Negotiate, MonitorCommand.QueryMigrate, MonitorCommand.QueryStatus, MonitorCommand.Begin,
               MonitorCommand.Continue, MonitorCommand.Stop,
           }
           select Lie($"{command} was refused", command, exchange => exchange with { Error = "no" }, _ => "failed: no"),
    ];

    private static Doctoring Lie(
        string lie, MonitorCommand command, Func<CommandExchange, CommandExchange> change, Func<CommandExchange, string> expected) =>
        Doctoring.Of<ControlPlaneAnswers>(lie, Awkward, run =>
        {
            int index = run.Commands.FindIndex(exchange => exchange.Command == command);
            CommandExchange truth = run.Commands[index];
            run.Commands[index] = change(truth);
            return $"{command} at {truth.SentNanoseconds} ns {expected(truth)}";
        });
}
