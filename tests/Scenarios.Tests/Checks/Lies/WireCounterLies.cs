using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class WireCounterLies
{
    public static IEnumerable<Doctoring> All =>
    [
        .. Exact("normal", (ram, by) => ram.Normal += by, ram => ram.NormalBytes = ram.Normal * ram.PageSize),
        .. Exact("duplicate", (ram, by) => ram.Duplicate += by),
        .. Exact("xbzrle-pages", (ram, by) => ram.XbzrlePages += by),
        .. Exact("xbzrle-bytes", (ram, by) => ram.XbzrleBytes += by),
        Lie("normal-bytes is no multiple", Samples.Precopy, Seen.WhileActive, ram => ram.NormalBytes++, (_, ram) =>
            $"normal-bytes is {ram.NormalBytes} for {ram.Normal} pages of 4096"),
        Lie("page-size is another", Samples.Precopy, Seen.Last, ram => ram.PageSize = 8192, (_, ram) =>
            $"normal-bytes is {ram.NormalBytes} for {ram.Normal} pages of 8192"),
        Lie("more was transferred than was read", Samples.Precopy, Seen.WhileActive, ram => ram.Transferred = long.MaxValue / 2,
            (_, ram) => $"{ram.Transferred} and 0 bytes were consumed, "),
        Lie("a byte more was transferred than was read", Samples.Precopy, Seen.Last, ram => ram.Transferred++,
            (_, ram) => $"{ram.Transferred} and 0 bytes were consumed, {ram.Transferred - 1} and 0 read"),
        Lie("more came on channels than was read", Samples.Multifd, Seen.WhileActive, MoreOnChannels,
            (_, ram) => $"{ram.Transferred - ram.MultifdBytes} and {ram.MultifdBytes} bytes were consumed, "),
        Lie("a page of a channel is missing in the end", Samples.Multifd, Seen.Last, ram => Normal(ram, -1), Consumed),
        Lie("a page of a channel is counted twice in the end", Samples.Multifd, Seen.Last, ram => Normal(ram, 1), Consumed),
        Lie("a zero page of a channel is missing in the end", Samples.Multifd, Seen.Last, ram => ram.Duplicate--, Consumed),
        Lie("more pages came on channels than were sent", Samples.Multifd, Seen.WhileActive, ram => Normal(ram, 1000), Consumed),
        Lie("more zero pages came on channels than were sent", Samples.Multifd, Seen.WhileActive, ram => ram.Duplicate += 1000, Consumed),
        Lie("the pages before a meeting have not come", Samples.Multifd, Seen.AfterMeeting, ram => Normal(ram, -ram.Normal), Consumed),
        Lie("the bytes before a meeting have not come", Samples.Multifd, Seen.AfterMeeting, NothingOnChannels, (_, _) =>
            "0 bytes of channels were consumed, and they met main behind "),
        Doctoring.Of<CountersEqualWireRecords>("a page of a failed migration is counted twice in the end", Samples.Reset, run =>
        {
            run.FinalStatistics = run.FinalStatistics with { NormalPages = run.FinalStatistics.NormalPages + 1 };
            return "were consumed";
        }),
        Lie("pages of a file are transferred by nobody", Samples.MappedRam, Seen.Last, ram => ram.Transferred = ram.NormalBytes - 1, (_, ram) =>
            $"pages of {ram.NormalBytes} bytes were read and {ram.NormalBytes - 1} bytes transferred"),
        Lie("a file has more pages than the blocks", Samples.MappedRam, Seen.Last, ram => ram.Duplicate++, (_, _) => "the blocks have 80 pages"),
        Lie("a page of a file is missing", Samples.MappedRam, Seen.Last, ram => Normal(ram, -1), (_, ram) =>
            $"{ram.Normal + 1} pages of 80 are in the file"),
        Lie("a zero page of a file is missing", Samples.MappedRam, Seen.Last, ram => ram.Duplicate--, (_, ram) =>
            $"{ram.Normal} pages of 80 are in the file"),
        Lie("a zero page of a file is counted as a page", Samples.MappedRam, Seen.Last, Mistake, (_, ram) =>
            $"{ram.Normal - 1} pages of 80 are in the file"),
        End("a byte was not transferred in the end", Samples.Precopy, -1, (told, truth) => $"{told} bytes were transferred, and the streams have {truth}"),
        End("a byte too much was transferred in the end", Samples.Multifd, 1, (_, _) => " bytes were consumed, "),
    ];

    // One too few and one too many, under way and in the end, by the count at each record's end.
    private static IEnumerable<Doctoring> Exact(string name, Action<RamFigures, long> add, Action<RamFigures>? mend = null) =>
        from place in new (string When, Func<RunObservation, QueryReply> Find)[] { ("while active", Seen.WhileActive), ("in the end", Seen.Last) }
        from off in new long[] { -1, 1 }
        select Lie($"{name} is {off} off {place.When}", Samples.Xbzrle, place.Find, ram =>
        {
            add(ram, off);
            mend?.Invoke(ram);
        }, (_, ram) => $"were consumed");

    private static Doctoring Lie(
        string lie, ScenarioOptions scenario, Func<RunObservation, QueryReply> find, Action<RamFigures> change,
        Func<QueryReply, RamFigures, string> expected) => Doctoring.Of<CountersEqualWireRecords>(lie, scenario, run =>
        {
            QueryReply query = find(run);
            query.Ram = query.Ram! with { };
            change(query.Ram);
            return expected(query, query.Ram);
        });

    private static Doctoring End(string lie, ScenarioOptions scenario, long by, Func<long, long, string> expected) =>
        Doctoring.Of<CountersEqualWireRecords>(lie, scenario, run =>
        {
            long truth = run.FinalStatistics.TransferredBytes;
            run.FinalStatistics = run.FinalStatistics with { TransferredBytes = truth + by };
            return expected(truth + by, truth);
        });

    private static string Consumed(QueryReply query, RamFigures ram) => $"of them before they met main {query.Where()}, {ram})";

    private static void Normal(RamFigures ram, long by)
    {
        ram.Normal += by;
        ram.NormalBytes = ram.Normal * ram.PageSize;
    }

    private static void Mistake(RamFigures ram)
    {
        Normal(ram, 1);
        ram.Duplicate--;
        ram.Transferred += ram.PageSize;
    }

    private static void NothingOnChannels(RamFigures ram)
    {
        ram.Transferred -= ram.MultifdBytes;
        ram.MultifdBytes = 0;
    }

    private static void MoreOnChannels(RamFigures ram)
    {
        ram.MultifdBytes += 1 << 30;
        ram.Transferred += 1 << 30;
    }
}
