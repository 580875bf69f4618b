using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class RemainingLies
{
    private const long Total = 80 * 4096;

    public static IEnumerable<Doctoring> All =>
    [
        Reply("total is a byte short", Samples.Precopy, Seen.WhileActive, ram => ram.Total--, _ =>
            $"total is {Total - 1} and the blocks that migrate have {Total} bytes"),
        Reply("total has a block that is left out", Samples.IgnoreShared, Seen.Last, ram => ram.Total = Total, _ =>
            $"total is {Total} and the blocks that migrate have {64 * 4096} bytes"),
        Reply("nothing remains too early", Samples.Precopy, Early, ram => ram.Remaining = 0, ram =>
            $"remaining is 0 after {ram.Records} records, of {Total}"),
        Reply("more remains than there is", Samples.Precopy, Seen.WhileActive, ram => ram.Remaining = Total + 1, ram =>
            $"remaining is {Total + 1} after {ram.Records} records, of {Total}"),
        Reply("a page that came is still to come", Samples.Precopy, Seen.WhileActive, ram => ram.Remaining += 4096, ram =>
            $"remaining is {ram.Remaining} after {ram.Records} records, of {Total}, and should be {ram.Remaining - 4096} to {ram.Remaining - 4096}"),
        Reply("a page that is still to come has come", Samples.Precopy, Seen.WhileActive, ram => ram.Remaining -= 4096, ram =>
            $"remaining is {ram.Remaining} after {ram.Records} records, of {Total}, and should be {ram.Remaining + 4096} to {ram.Remaining + 4096}"),
        Reply("pages of channels that met main are still to come", Samples.Multifd, Seen.AfterMeeting, ram => ram.Remaining = Total, ram =>
            $"remaining is {Total} after {ram.Records} records, of {Total}, and should be "),
        Reply("something remains in the end", Samples.Precopy, Seen.Last, ram => ram.Remaining = 4096, ram =>
            $"remaining is 4096 after {ram.Records} records, of {Total}"),
        Count("a page that arrived is not counted", Samples.Precopy, -1),
        Count("a page that never arrived is counted", Samples.Reset, 1),
        Count("a page of a channel is counted as new twice", Samples.Multifd, 1),
        Doctoring.Of<RemainingHasNotArrived>("nothing remains of a failed migration", Samples.Reset, run =>
        {
            long truth = run.FinalStatistics.RemainingBytes;
            run.FinalStatistics = run.FinalStatistics with { RemainingBytes = 0 };
            return $"remaining is 0 after {run.FinalStatistics.NormalPages + run.FinalStatistics.ZeroPages} records, of {Total}, and should be {truth} to {truth}";
        }),
        Doctoring.Of<RemainingHasNotArrived>("something remains of a completed migration", Samples.Multifd, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { RemainingBytes = 4096 };
            return "and should be 0 to 0";
        }),
    ];

    private static Doctoring Count(string lie, ScenarioOptions scenario, long off) =>
        Doctoring.Of<NoPageArrivesUncounted>(lie, scenario, run =>
        {
            long truth = run.FinalStatistics.UniquePages;
            run.FinalStatistics = run.FinalStatistics with { UniquePages = truth + off };
            return $"{truth} pages are marked as received and {truth + off} were counted by the end";
        });

    private static QueryReply Early(RunObservation run) => run.Queries.First(query => query.Status == "active");

    private static Doctoring Reply(
        string lie, ScenarioOptions scenario, Func<RunObservation, QueryReply> find, Action<RamFigures> change,
        Func<RamFigures, string> expected) => Doctoring.Of<RemainingHasNotArrived>(lie, scenario, run =>
        {
            QueryReply query = find(run);
            query.Ram = query.Ram! with { };
            change(query.Ram);
            return expected(query.Ram);
        });
}
