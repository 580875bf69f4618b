using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class RateLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Lie("mbps is no number", Samples.Precopy, Seen.WhileActive, ram => ram.Mbps = double.NaN, _ => "mbps is NaN and"),
        Lie("mbps is without end", Samples.Precopy, Seen.Last, ram => ram.Mbps = double.PositiveInfinity, _ => "mbps is "),
        Lie("mbps is negative", Samples.Precopy, Seen.WhileActive, ram => ram.Mbps = -1, _ => "mbps is -1 and"),
        Lie("pages-per-second is negative", Samples.Precopy, Seen.Last, ram => ram.PagesPerSecond = -1, _ => "and pages-per-second -1"),
        Lie("mbps is mebibits while active", Samples.Precopy, Seen.WhileActive, ram => ram.Mbps /= 1.048576, Mbps),
        Lie("mbps is megabytes in the end", Samples.Multifd, Seen.Last, ram => ram.Mbps /= 8, Mbps),
        Lie("mbps is 0 in the end", Samples.MappedRam, Seen.Last, ram => ram.Mbps = 0, Mbps),
        Lie("mbps is half", Samples.Slow, Seen.InTheThirdSecond, ram => ram.Mbps /= 2, Window),
        Lie("mbps is of ten seconds and more", Samples.Slow, Seen.InTheThirdSecond, ram => ram.Mbps *= 3, Window),
        Lie("pages-per-second is half", Samples.Slow, Seen.InTheThirdSecond, ram => ram.PagesPerSecond /= 2, Window),
        Lie("pages-per-second is double", Samples.Slow, Seen.InTheThirdSecond, ram => ram.PagesPerSecond *= 2, Window),
        Lie("pages-per-second counts some records only", Samples.Precopy, Seen.Last, OnlyNormal, ram =>
            $"pages-per-second is {ram.PagesPerSecond} for {ram.Records} pages in "),
        Lie("pages-per-second is 0 while active", Samples.Precopy, Seen.WhileActive, ram => ram.PagesPerSecond = 0, ram =>
            $"pages-per-second is 0 for {ram.Records} pages in "),
    ];

    private static void OnlyNormal(RamFigures ram) => ram.PagesPerSecond = ram.PagesPerSecond * ram.Normal / ram.Records;

    private static string Window(RamFigures ram) => ", and in the last second it was ";

    private static string Mbps(RamFigures ram) => $"mbps is {ram.Mbps} for {ram.Transferred} bytes in ";

    private static Doctoring Lie(
        string lie, ScenarioOptions scenario, Func<RunObservation, QueryReply> find, Action<RamFigures> change,
        Func<RamFigures, string> expected) => Doctoring.Of<RatesFollowCounters>(lie, scenario, run =>
        {
            QueryReply query = find(run);
            query.Ram = query.Ram! with { };
            change(query.Ram);
            return expected(query.Ram);
        });
}
