using Simulation.Oracle;

namespace Simulation.Conformance;

/// <summary>Compares what the three made of a case.</summary>
internal static class Referee
{
    /// <summary>Rules.</summary>
    /// <param name="hearing">What they made of it.</param>
    /// <returns>Whether they agree, or whose the disagreement is.</returns>
    public static Ruling Rule(Hearing hearing)
    {
        if (hearing.Qemu.Kind == EndKind.Unsupported)
            return new(Blame.Unsupported, null, hearing.Qemu.Detail);
        (Blame blame, string disagreement) = Compare(hearing);
        if (blame == Blame.Nobody)
            return Ruling.Agreement;
        return KnownDeviations.IdFor(hearing) is { } id
            ? new(Blame.KnownDeviation, id, disagreement) : new(blame, null, disagreement);
    }

    private static (Blame Blame, string Disagreement) Compare(Hearing hearing)
    {
        TrialEnd ours = hearing.Ours;
        TrialEnd qemu = hearing.Qemu;
        bool oursFits = hearing.Allows(ours.Kind);
        bool qemuFits = hearing.Allows(qemu.Kind);
        string ends = $"ours: {ours}; QEMU: {qemu}; the oracle: {hearing.Oracle.Outcome} {hearing.Oracle.Fault}".TrimEnd();
        if (qemu.Kind is EndKind.Crashed or EndKind.Hung)
            return (oursFits ? Blame.Qemu : Blame.Ours, ends);
        if (!oursFits || !qemuFits)
            return (qemuFits ? Blame.Ours : ours.Kind == qemu.Kind ? Blame.Oracle : Blame.OursAndOracle, ends);

        // When timing decides the outcome, there is nothing more to compare.
        if (ours.Kind != qemu.Kind)
            return (Blame.Nobody, "");
        if (ours.Kind == EndKind.Waiting && ours.Detail != qemu.Detail)
            return (Blame.OursAndOracle, ends);
        return ours.HasRam ? CompareMachines(hearing) : CompareShut(hearing);
    }

    private static (Blame Blame, string Disagreement) CompareMachines(Hearing hearing)
    {
        IReadOnlyList<int> ours = hearing.PagesUnlikeOracle(hearing.Ours);
        IReadOnlyList<int> qemu = hearing.PagesUnlikeOracle(hearing.Qemu);
        IReadOnlyList<int> between = hearing.PagesUnlikeQemu;
        if (ours.Count + qemu.Count > 0 && !hearing.Oracle.OutcomeDependsOnTiming)
        {
            return (WhoIsAlone(ours.Count == 0, qemu.Count == 0, between.Count == 0),
                $"all end alike and RAM differs: page {ours.Concat(qemu).Min()} is the first; unlike the oracle's are {ours.Count} of ours and {qemu.Count} of QEMU's, {between.Count} of ours are unlike QEMU's");
        }

        string expected = hearing.Oracle.FinalRunState;
        (string mine, string real) = (hearing.Ours.RunState, hearing.Qemu.RunState);
        if (mine != expected || real != expected)
        {
            return (WhoIsAlone(mine == expected, real == expected, mine == real),
                $"the guest is '{mine}' here, '{real}' in QEMU and '{expected}' by the oracle");
        }

        return hearing.Oracle.OutcomeDependsOnTiming ? CompareShut(hearing) : CompareAnswers(hearing);
    }

    private static (Blame Blame, string Disagreement) CompareAnswers(Hearing hearing)
    {
        string[] ours = [.. hearing.Ours.Answers.Except(hearing.Qemu.Answers)];
        string[] qemu = [.. hearing.Qemu.Answers.Except(hearing.Ours.Answers)];
        return hearing.Ours.Answers.SequenceEqual(hearing.Qemu.Answers) ? (Blame.Nobody, "")
            : (Blame.OursAndOracle, $"the source is told {Join(ours)} here alone and {Join(qemu)} by QEMU alone");

        static string Join(string[] answers) => answers.Length == 0 ? "nothing" : string.Join(", ", answers);
    }

    private static (Blame Blame, string Disagreement) CompareShut(Hearing hearing)
    {
        (uint? ours, uint? qemu) = (hearing.Ours.Shut, hearing.Qemu.Shut);
        return ours == qemu ? (Blame.Nobody, "") : (Blame.OursAndOracle, $"the source is told SHUT({ours}) here and SHUT({qemu}) by QEMU");
    }

    private static Blame WhoIsAlone(bool oursFits, bool qemuFits, bool destinationsAgree) =>
        destinationsAgree ? Blame.Oracle : qemuFits ? Blame.Ours : Blame.OursAndOracle;
}
