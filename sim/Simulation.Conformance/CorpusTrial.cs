using Simulation.Oracle;
using Simulation.Scenarios.Checks;

namespace Simulation.Conformance;

/// <summary>A stream of the corpus without a real QEMU: our destination beside the oracle. All that crosses is made of the platform's
/// types, so that a planted world can be asked too.</summary>
internal static class CorpusTrial
{
    /// <summary>Plays a file.</summary>
    /// <param name="path">A file that <see cref="CorpusFile.Open"/> knows.</param>
    /// <returns>The property that was violated and one sentence about it, or null; how many page records the stream has.</returns>
    public static (string? Property, string? Message, long Records) Play(string path)
    {
        RefereeCase played = CorpusFile.Open(path)![0]();
        OracleVerdict oracle = OracleTrial.Ask(played);
        TrialEnd ours = new DestinationTrial().Play(played);
        (string? property, string? message) = Judge(new Hearing(played, ours, oracle, ours));
        return (property, message, oracle.PageRecords);
    }

    /// <summary>Holds what our destination did against the oracle's verdict.</summary>
    /// <param name="hearing">Our end, the oracle's verdict; no QEMU.</param>
    /// <returns>The property that was violated and one sentence about it, or null.</returns>
    public static (string? Property, string? Message) Judge(Hearing hearing)
    {
        (TrialEnd ours, OracleVerdict oracle) = (hearing.Ours, hearing.Oracle);
        if (ours.Kind == EndKind.Crashed)
            return (nameof(DestinationNeverThrows), ours.Detail);
        if (ours.Kind == EndKind.Hung)
            return (nameof(EveryRunEnds), ours.Detail);
        bool isRightEnd = ours.Kind == hearing.OracleKind || (oracle.OutcomeDependsOnTiming && ours.Kind == EndKind.Completed);
        if (!isRightEnd || (ours.Error is { } error && !oracle.Faults.Any(fault => FaultNames.Fits(fault, error))))
            return (nameof(VerdictEqualsOracle), $"{ours}, and the oracle: {oracle.Outcome} {string.Join(" or ", oracle.Faults)}".TrimEnd());
        if (ours.Kind != EndKind.Completed)
            return default;
        if (hearing.PagesUnlikeOracle(ours) is [var first, ..])
            return (nameof(RamEqualsOracle), $"page {first} is not the oracle's");
        return ours.RunState == oracle.FinalRunState
            ? default : (nameof(GuestRunsAsMigrated), $"the guest is '{ours.RunState}' and '{oracle.FinalRunState}' by the oracle");
    }
}
