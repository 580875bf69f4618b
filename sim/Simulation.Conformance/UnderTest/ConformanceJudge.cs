using Simulation.Oracle;

namespace Simulation.Conformance.UnderTest;

/// <summary>Plays a case to a program under test, and judges what it did.</summary>
/// <param name="times">How often a case is played that timing decides.</param>
internal sealed class ConformanceJudge(int times)
{
    /// <summary>A second and a half of sleep is silence.</summary>
    private const int Patience = 8;

    /// <summary>Plays and judges; a failure of the harness is a result too.</summary>
    /// <param name="program">The program.</param>
    /// <param name="played">The case.</param>
    /// <returns>A result for each property.</returns>
    public async Task<IReadOnlyList<ConformanceResult>> JudgeAsync(IDestinationProgram program, ConformanceCase played)
    {
        try
        {
            return await PlayAndJudgeAsync(program, played);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return All(program, played, ConformanceVerdict.HarnessFailed, $"{failure.GetType().Name}: {failure.Message}");
        }
    }

    private async Task<IReadOnlyList<ConformanceResult>> PlayAndJudgeAsync(IDestinationProgram program, ConformanceCase played)
    {
        if (played.Record(program.Dialect) is not { } recorded)
            return All(program, played, ConformanceVerdict.NotSupported, "a source for this version cannot do it");
        if (played.NeedsMigrateIncoming && program.ListensByItself)
            return All(program, played, ConformanceVerdict.NotSupported, "it listens without migrate-incoming");
        OracleVerdict oracle = OracleTrial.Ask(recorded);
        TrialEnd simulated = new DestinationTrial().Play(recorded);
        List<ConformanceRun> runs = [];
        for (int i = 0; i < (played.IsRace ? times : 1); i++)
        {
            runs.Add(await PlayAsync(program, played, recorded, oracle, simulated));
            if (runs[0].End.Kind == EndKind.Unsupported)
                return All(program, played, ConformanceVerdict.NotSupported, runs[0].End.Detail);
        }

        if (played.Figures is { } rules)
            return [JudgeFigures(program, played, rules, runs[0])];
        return [.. PropertiesOf(program, played).Select(property => Judge(program, played, property, runs))];
    }

    private static async Task<ConformanceRun> PlayAsync(
        IDestinationProgram program, ConformanceCase played, RefereeCase recorded, OracleVerdict oracle, TrialEnd simulated)
    {
        using ProcessTrial trial = new(await DestinationProcess.StartAsync(program, recorded), recorded) { Patience = Patience };
        TrialEnd end = await trial.PlayAsync(played.Source);
        return new(recorded, end, oracle)
        {
            Silences = trial.Silences,
            Refusals = trial.Refusals,
            StatusBehindStrangers = trial.StatusBehindStrangers,
            Events = trial.Process.Monitor.Events,
            MissesBeginning = program.ListensByItself,
            Figures = trial.Figures,
            ExitsOnError = trial.Process.ExitsOnError,
            Virtual = simulated,
        };
    }

    private static ConformanceResult Judge(
        IDestinationProgram program, ConformanceCase played, ConformanceProperty property, IReadOnlyList<ConformanceRun> runs)
    {
        ConformanceRun[] judged = [.. runs.Where(run => property.JudgesTheLost || !run.IsLost)];
        if (judged.Length == 0)
            return new(program, played, property, ConformanceVerdict.NotJudged, "") { Runs = runs.Count };
        string?[] sentences = [.. judged.Select(property.Judge)];
        int violations = sentences.Count(sentence => sentence is not null);
        if (violations == 0)
            return new(program, played, property, ConformanceVerdict.Pass, "") { Runs = runs.Count };
        int first = Array.FindIndex(sentences, sentence => sentence is not null);
        return new(program, played, property, ConformanceVerdict.Fail, sentences[first]!)
        {
            KnownFault = program.IsOurs ? null : KnownFaultOf(played, property, judged[first]),
            Violations = violations,
            Runs = judged.Length,
        };
    }

    private static ConformanceResult JudgeFigures(IDestinationProgram program, ConformanceCase played, FigureRules rules, ConformanceRun run)
    {
        ConformanceProperty property = played.Properties[0];
        if (run.IsLost || property.Judge(run) is not null)
            return new(program, played, property, ConformanceVerdict.NotJudged, "the migration does not end as it must");
        IReadOnlyList<FigureFinding> findings = rules.Judge(run, run.Figures);
        FigureFinding? wrong = findings.FirstOrDefault(finding => finding.State == FigureState.Wrong);
        ConformanceVerdict verdict = wrong is not null ? ConformanceVerdict.Fail
            : findings.Any(finding => finding.State == FigureState.Right) ? ConformanceVerdict.Pass : ConformanceVerdict.NotShown;
        return new(program, played, property, verdict, wrong?.Message ?? "")
        {
            KnownFault = wrong?.Flaw,
            Figures = findings,
            Violations = wrong is null ? 0 : 1,
            Runs = 1,
        };
    }

    private static string? KnownFaultOf(ConformanceCase played, ConformanceProperty property, ConformanceRun run) =>
        played.Explain is { } explain ? explain(property, run)
            : played.KnownFault is not { } known ? KnownDeviations.IdFor(run.Hearing) : known.ShowsIn.Contains(property) ? known.Id : null;

    private static IEnumerable<ConformanceProperty> PropertiesOf(IDestinationProgram program, ConformanceCase played) => played.Properties.Where(
        property => property.Needs == Facts.BlackBox || (program.IsOurs && played.IsSourceAlone));

    private static IReadOnlyList<ConformanceResult> All(IDestinationProgram program, ConformanceCase played, ConformanceVerdict verdict, string message) =>
        [.. PropertiesOf(program, played).Select(property => new ConformanceResult(program, played, property, verdict, message))];
}
