using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Scenarios.Tests.Checks.Lies;

internal static class ControlPlaneLies
{
    private const long Latency = 1000;

    private static readonly MonitorOptions Awkward = Samples.Precopy.Monitor with
    {
        IsAwkward = true, FirstAddressIsTaken = true, CommandCount = 2000, IntervalNanoseconds = 100_000, ReactsAtOnce = false,
        LatencyNanoseconds = Latency, SetsUpByCommand = true, Quits = QuitMoment.AtTheEnd,
    };

    // With a monitor that is awkward enough to send every command at least once.
    private static readonly ScenarioOptions Scenario = Samples.Precopy with { Monitor = Awkward };

    public static IEnumerable<Doctoring> All =>
    [
        .. Enum.GetValues<MonitorCommand>().Select(command => Lie($"{command} got no reply", command, exchange =>
        {
            exchange.Reply = null;
            return "was not answered";
        })),
        Lie("a command was not read", MonitorCommand.QueryMigrate, exchange =>
        {
            exchange.Order = -1;
            return "was not read";
        }),
        Lie("a command was read late", MonitorCommand.QueryMigrate, exchange =>
        {
            exchange.ReadNanoseconds = exchange.SentNanoseconds + Latency + 1;
            return $"was read at {exchange.SentNanoseconds + Latency + 1} ns";
        }),
        Lie("a reply came late", MonitorCommand.QueryMigrate, exchange =>
        {
            long late = exchange.ReadNanoseconds + Latency + 1;
            exchange.Reply = exchange.Reply! with { ArrivedNanoseconds = late };
            return $"was read at {exchange.ReadNanoseconds} ns and answered at {late} ns";
        }),
        Lie("a reply carries another id", MonitorCommand.QueryStatus, exchange =>
        {
            exchange.Reply = exchange.Reply! with { Id = "7" };
            return $"has the id '{exchange.Request.Id}' and its reply '7'";
        }),
        Doctoring.Of<ControlPlaneAnswers>("a reply belongs to no command", Scenario, run =>
        {
            MonitorSession session = run.Sessions[0];
            return $"{session.Name} got {++session.ReplyCount} replies to {session.Exchanges.Count} commands";
        }),
        Refused("migrate-incoming succeeded twice", MonitorCommand.BeginAgain, "GenericError: The incoming migration has already been started"),
        Refused("an address that is taken was listened at", MonitorCommand.BeginAtTakenAddress, "GenericError: some text"),
        Succeeded("query-migrate was refused", MonitorCommand.QueryMigrate, "a result"),
        Succeeded("cont was refused", MonitorCommand.Continue, "{}"),
        Succeeded("migrate-incoming was refused", MonitorCommand.Begin, "{}"),
        Reply("an error is of another class", MonitorCommand.BeginAgain, reply => reply with { ErrorClass = "CommandNotFound" },
            "CommandNotFound: The incoming migration has already been started"),
        Doctoring.Of<HostEndsAsTold>("quit does not end the host", Scenario, run =>
        {
            run.LeavesNanoseconds = null;
            return "the host goes on after quit";
        }),
        Doctoring.Of<HostEndsAsTold>("the host ended for no reason", Samples.Precopy, run =>
        {
            run.LeavesNanoseconds = 0;
            return "the host ended for no reason";
        }),
        Doctoring.Of<HostEndsAsTold>("a session outlives the host", Scenario, run =>
        {
            run.Sessions[0].IsEndedByServer = false;
            return $"the host ended at {run.LeavesNanoseconds} ns and {run.Sessions[0].Name} did not";
        }),
        Doctoring.Of<DescriptorsAreClosedOnce>("a descriptor stays open", Scenario, run =>
        {
            int closed = run.ClosedDescriptors[0];
            run.ClosedDescriptors.RemoveAt(0);
            return $"descriptor {closed} was closed 0 times and is of no use";
        }),
        Doctoring.Of<DescriptorsAreClosedOnce>("a descriptor is closed twice", Scenario, run =>
        {
            run.ClosedDescriptors.Add(run.ClosedDescriptors[0]);
            return $"descriptor {run.ClosedDescriptors[0]} was closed 2 times and is of no use";
        }),
    ];

    private static Doctoring Lie(string lie, MonitorCommand command, Func<MonitorExchange, string> tell) =>
        Doctoring.Of<ControlPlaneAnswers>(lie, Scenario, run =>
        {
            MonitorExchange exchange = run.Commands.First(one => one.Command == command);
            string told = tell(exchange);
            return $"{exchange} {told}";
        });

    private static Doctoring Refused(string lie, MonitorCommand command, string expected) =>
        Reply(lie, command, reply => reply with { Kind = MonitorLineKind.Return, Content = "{}"u8.ToArray() }, "{}", expected);

    private static Doctoring Succeeded(string lie, MonitorCommand command, string expected) =>
        Reply(lie, command, reply => reply with { Kind = MonitorLineKind.Error, ErrorClass = "GenericError", Error = "no" }, "GenericError: no", expected);

    private static Doctoring Reply(
        string lie, MonitorCommand command, Func<MonitorLine, MonitorLine> change, string claim, string? expected = null) =>
        Doctoring.Of<RepliesFollowModel>(lie, Scenario, run =>
        {
            MonitorExchange exchange = run.Commands.First(one => one.Command == command);
            exchange.Reply = change(exchange.Reply!);
            return $"{exchange} was answered {claim} and not {expected}";
        });
}
