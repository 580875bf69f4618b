using Simulation.Scenarios.Options;
using Simulation.Source.Precopy;
using static Simulation.Conformance.UnderTest.RecordedSources;

namespace Simulation.Conformance.UnderTest;

/// <summary>The rows in which figures are looked at: each way in which pages come, and a failure.</summary>
internal static class FigureCases
{
    /// <summary>Every row.</summary>
    /// <param name="seed">Decides where connections are cut.</param>
    public static IEnumerable<ConformanceCase> All(ulong seed)
    {
        yield return Row("precopy", dialect => Record(dialect, ReturnPath), new(null, "T4"));
        yield return Row("precopy failing", dialect => CutInTheMiddle(Record(dialect, ReturnPath)), new("C7", "T3"));
        yield return Row("xbzrle", dialect => Record(dialect, Xbzrle, Busy), new("C8", "T4"));
        yield return Row("multifd", dialect => Record(dialect, Multifd(dialect)), new("C1", "T4"));
        yield return Row("multifd legacy", dialect => Record(dialect, LegacyZeros(dialect)), new("C2", "T4"));
        yield return Row("mapped-ram", dialect => Record(dialect, MappedRam(false)), new("C4", "T7"), FigureSources.GoesOn);
        yield return Row("mapped-ram multifd", dialect => Record(dialect, MappedRam(true)), new("C4", "T7"), FigureSources.GoesOn);
        yield return Row("postcopy", dialect => Record(dialect, Postcopy(), Busy), new("C5", "T2"));
        yield return Row("postcopy recovered", dialect => ConformanceCases.Recovered(seed, dialect, preempt: false), new("C6", "T8"), FigureSources.GoesOn);
    }

    private static ConformanceCase Row(
        string capability, Func<SourceDialect, RefereeCase?> record, FigureRules rules, Func<ProcessTrial, Task>? source = null) => new()
        {
            Capability = capability,
            Fault = "figures",
            Record = record,
            Source = source ?? FigureSources.StandsStill,
            Figures = rules,
            Properties = [ConformanceProperties.Figures],
        };

    private static MigrationOptions LegacyZeros(SourceDialect dialect) =>
        Multifd(dialect) with { ZeroPageDetection = ZeroPageDetection.Legacy };

    // Three quarters of the stream: it has stood still before.
    private static RefereeCase CutInTheMiddle(RefereeCase whole) =>
        whole with { Connections = [new(whole.Connections[0].Bytes[..(whole.Connections[0].Bytes.Length / 4 * 3)])] };
}
