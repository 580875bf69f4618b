using System.Globalization;
using Simulation.Conformance.UnderTest;
using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Scenarios;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;

namespace Simulation.Conformance.Drawn;

/// <summary>Cases for programs under test, of drawn scenarios: the bytes of its source on the machine <c>none</c>, and what goes wrong beside
/// them.</summary>
internal static class DrawnCases
{
    private const string Main = "main";
    private const string Channel = "multifd/";

    /// <summary>Makes the case of a scenario.</summary>
    /// <param name="drawn">The scenario.</param>
    /// <param name="name">What to call it: its token.</param>
    /// <param name="program">Who shall carry it out, and can.</param>
    public static ConformanceCase Of(ScenarioOptions drawn, string name, IDestinationProgram program)
    {
        ScenarioOptions fitting = ScenarioFit.Of(drawn, program);
        SeedStreams streams = new SeedStreams(drawn.Seed).Within("under-test");
        RefereeCase recorded = RefereeDraw.Of(fitting, name, []);
        int[] order = OrderOf(drawn, recorded, streams.Stream("order"));
        RefereeCase played = recorded with { Connections = [.. order.Select(number => recorded.Connections[number])], MeetsAnybody = !recorded.IsFile };
        DrawnScript script = ScriptOf(drawn, fitting, played, order, streams);
        return new()
        {
            Capability = CapabilityOf(drawn.Migration),
            Fault = name,
            Record = _ => played,
            Source = new DrawnSource(script).PlayAsync,
            Explain = (property, run) => DrawnSigns.IdFor(script, program, property, run),
            NeedsMigrateIncoming = script.TriesBadAddress,
            IsRace = played.Connections.Count > 1 || script.Before.Count + script.Beside.Count > 0,
            IsSourceAlone = script.Before.Count + script.Beside.Count == 0,
        };
    }

    // 0 is main, the others are the channels behind it. In postcopy the log says when each is made.
    private static int[] OrderOf(ScenarioOptions drawn, RefereeCase recorded, Prng random)
    {
        int[] order = [.. Enumerable.Range(0, recorded.Connections.Count)];
        if (recorded.Log is not null)
            return order;
        if (drawn.Migration.ConnectsInAnyOrder)
            random.Shuffle(order.AsSpan());
        else if (drawn.Migration.MainConnectsLast)
            order = [.. order[1..], 0];
        return order;
    }

    private static DrawnScript ScriptOf(ScenarioOptions drawn, ScenarioOptions fitting, RefereeCase played, int[] order, SeedStreams streams)
    {
        int[] all = [.. Enumerable.Range(0, played.Connections.Count)];

        // Whoever leaves the format may leave the destination in want of more bytes, and the oracle knows of no end that never comes.
        bool keeps = fitting.Deviations.Count == 0 && fitting.Faults.All(fault => fault.Kind != FaultKind.Corrupt) && streams.Stream("ends").Chance(Ratio.Percent(50));
        bool hasBegun = played.Log is null && played.Connections.All(
            connection => connection.Bytes.Length > FaultySources.BeginningBytes && (connection.IsMain || connection.IsMultifd));
        List<DrawnStranger> before = [];
        List<DrawnStranger> beside = [];
        for (int i = 0; i < drawn.Strangers.Count; i++)
        {
            StrangerOptions stranger = drawn.Strangers[i];
            DrawnStranger comes = new(stranger.Kind, Strangers.WordsOf(stranger, streams.Stream($"stranger/{i}")));
            bool isLate = stranger.Kind is StrangerKind.Imitates or StrangerKind.ComesLate || stranger.AtNanoseconds > VirtualDuration.Millisecond;
            if (!isLate)
                before.Add(comes);
            else if (hasBegun)
                beside.Add(comes);
        }

        int main = Array.IndexOf(order, 0);
        IEnumerable<StandStill> stalls = drawn.Faults.Where(fault => played.Log is null && StandsStill(fault)).Select(fault => StallOf(fault, drawn, order))
            .Concat(beside.Count > 0 ? [new StandStill(main, FaultySources.BeginningBytes)] : [])
            .Where(stall => stall.Connection >= 0 && stall.Bytes < played.Connections[stall.Connection].Bytes.Length);
        return new()
        {
            TriesBadAddress = drawn.Monitor.FirstAddressIsTaken && !played.IsFile,
            IsAwkward = drawn.Monitor.IsAwkward,
            Main = main,
            Before = before,
            Beside = beside,
            Stalls = [.. stalls.Distinct().OrderBy(stall => stall.Bytes)],
            Ends = all.Where(number => !keeps || IsCut(fitting, order[number])).ToHashSet(),
        };
    }

    private static bool StandsStill(FaultOptions fault) => fault.Direction == Direction.ClientToServer
        && fault.Kind is FaultKind.Hold or FaultKind.Stall or FaultKind.Delay;

    private static StandStill StallOf(FaultOptions fault, ScenarioOptions drawn, int[] order) =>
        new(Array.IndexOf(order, NumberOf(fault.Connection!)), (int)Math.Min(int.MaxValue, ScenarioFit.OffsetOf(fault, drawn)));

    private static bool IsCut(ScenarioOptions fitting, int number) =>
        fitting.Faults.Any(fault => fault.Kind is FaultKind.Truncate or FaultKind.Reset && NumberOf(fault.Connection!) == number);

    private static int NumberOf(string connection) => connection == Main ? 0
        : connection.StartsWith(Channel, StringComparison.Ordinal) ? 1 + int.Parse(connection.AsSpan(Channel.Length), CultureInfo.InvariantCulture) : -1;

    private static string CapabilityOf(MigrationOptions migration) => migration switch
    {
        { Postcopy.Preempt: true } => "postcopy-preempt",
        { Postcopy: not null } => "postcopy",
        { MappedRam: true, Multifd: true } => "mapped-ram multifd",
        { MappedRam: true } => "mapped-ram",
        { Multifd: true } => "multifd",
        { Xbzrle: true } => "xbzrle",
        { ReturnPath: true } => "return-path",
        _ => "precopy",
    };
}
