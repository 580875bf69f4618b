using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class PhaseLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Lie("a byte of the downtime before it", Samples.Precopy, Seen.WhileActive, ram =>
        {
            ram.PrecopyBytes--;
            ram.DowntimeBytes++;
        }, (run, _) => $"downtime-bytes is 1 and the source stops its guest at {run.SwitchoverNanoseconds} ns"),
        Lie("downtime without a word of it", Silent, Seen.Last, ram => ram.DowntimeBytes = 8, (_, _) =>
            "downtime-bytes is 8 and the source stops its guest at  ns"),
        Lie("precopy goes on behind the switchover", Samples.Precopy, Seen.Last, ram => ram.PrecopyBytes -= 8, (run, ram) =>
            $"precopy-bytes is {ram.PrecopyBytes} and grows to {run.FinalStatistics.PrecopyBytes} after the source has stopped"),
        Lie("records have more bytes than main", Samples.Precopy, Seen.WhileActive, ram => ram.PrecopyBytes = ram.Transferred + 1, (_, ram) =>
            $"RAM records have {ram.Transferred + 1} bytes, at least "),
        Lie("records on channels are counted on main", Samples.Multifd, Seen.WhileActive, ram => ram.PrecopyBytes = ram.Transferred, (_, ram) =>
            $"RAM records have {ram.Transferred} bytes, at least 0 by their number and at most {ram.Transferred - ram.MultifdBytes} on main"),
        Lie("records without their headers", Samples.Xbzrle, Seen.WhileActive, ram => ram.PrecopyBytes -= 8 * ram.Records, (_, ram) =>
            $"RAM records have {ram.PrecopyBytes} bytes, at least "),
    ];

    private static readonly ScenarioOptions Silent =
        Samples.Precopy with { Machine = Samples.Precopy.Machine with { OmitsSwitchoverStart = true } };

    private static Doctoring Lie(
        string lie, ScenarioOptions scenario, Func<RunObservation, QueryReply> find, Action<RamFigures> change,
        Func<RunObservation, RamFigures, string> expected) => Doctoring.Of<BytesBelongToTheirPhase>(lie, scenario, run =>
        {
            QueryReply query = find(run);
            query.Ram = query.Ram! with { };
            change(query.Ram);
            return expected(run, query.Ram);
        });
}
