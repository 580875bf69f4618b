using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class FinalFigureLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Doctoring.Of<CompletedNeverBeforeStatistics>("completed was visible before its figures", Samples.Precopy, run => HideFigures(run, "Completed")),
        Doctoring.Of<CompletedNeverBeforeStatistics>("failed was visible before its figures", Samples.Reset, run => HideFigures(run, "Failed")),
        Lie("total-time is missing", Samples.Precopy, Seen.FirstAfterTheEnd, reply => reply.TotalTime = null, "figures are missing"),
        Lie("setup-time is missing", Samples.Precopy, Seen.FirstAfterTheEnd, reply => reply.SetupTime = null, "figures are missing"),
        Lie("ram is missing", Samples.Precopy, Seen.FirstAfterTheEnd, reply => reply.Ram = null, "figures are missing"),
        Lie("the figures of a failed migration are missing", Samples.Reset, Seen.FirstAfterTheEnd, reply => reply.Ram = null, "figures are missing"),
        Lie("a counter goes on after the end", Samples.Precopy, Seen.Last, reply => reply.Ram = reply.Ram! with { Normal = 1_000_000 }, "Normal = 1000000"),
        Lie("total-time goes on after the end", Samples.Precopy, Seen.Last, reply => reply.TotalTime = 987_654, "987654 ms were "),
        Lie("setup-time changes after the end", Samples.Precopy, Seen.Last, reply => reply.SetupTime++, "figures changed after the end"),
        Doctoring.Of<CompletedNeverBeforeStatistics>("every reply says other figures than there are", Samples.Precopy, run =>
        {
            string truth = RamFigures.Of(run.FinalStatistics).ToString();
            foreach (QueryReply reply in run.Queries.FindAll(reply => reply.IsTerminal))
                reply.Ram = reply.Ram! with { Total = 1 };
            return $"it says {run.Last().Ram}, and the figures are {truth}";
        }),
        Lie("a migration that failed says completed", Samples.Reset, Seen.FirstAfterTheEnd, reply => reply.Status = "completed", "and the error is '"),
        Lie("a migration that failed says nothing", Samples.Reset, Seen.FirstAfterTheEnd, reply => reply.ErrorDescription = null, "it says '', and the error is '"),
        Lie("a migration that failed says something else", Samples.Reset, Seen.Last, reply => reply.ErrorDescription = "no", "it says 'no', and the error is '"),
        Lie("a migration that completed says an error", Samples.Precopy, Seen.Last, reply => reply.ErrorDescription = "no", "it says 'no', and the error is ''"),
        Lie("a figure of the source is not 0", Samples.Precopy, Seen.Last, reply => reply.Ram = reply.Ram! with { Others = 7 }, "Others = 7"),
        Address("it says where to connect after the end", Seen.FirstAfterTheEnd, isThere: true),
        Address("it does not say where to connect", Seen.InSetup, isThere: false),
        Address("it does not say where to connect while active", Seen.WhileActive, isThere: false),
    ];

    private static Doctoring Address(string lie, Func<RunObservation, QueryReply> find, bool isThere) =>
        Doctoring.Of<AddressWhileUnderWay>(lie, Samples.Precopy, run =>
        {
            QueryReply reply = find(run);
            reply.HasAddress = isThere;
            return $"socket-address is {(isThere ? "there" : "absent")} at {reply.TimeNanoseconds} ns, status {reply.Status}";
        });

    private static string HideFigures(RunObservation run, string status)
    {
        run.Statuses[^1] = run.Statuses[^1] with { ShowsFigures = false };
        return $"the status was {status} at {run.Statuses[^1].TimeNanoseconds} ns and the figures were not there";
    }

    private static Doctoring Lie(
        string lie, ScenarioOptions scenario, Func<RunObservation, QueryReply> find, Action<QueryReply> change, string expected) =>
        Doctoring.Of<CompletedNeverBeforeStatistics>(lie, scenario, run =>
        {
            change(find(run));
            return expected;
        });
}
