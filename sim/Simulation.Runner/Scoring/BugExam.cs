using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;

namespace Simulation.Runner.Scoring;

/// <summary>Looks for one bug on the calling thread: plants it, runs campaigns until each has found it or used its time, and shrinks
/// the first finding.</summary>
/// <param name="compiler">Plants it.</param>
/// <param name="limits">How long to look.</param>
/// <param name="beginRun">Told before each run, with its seed, so that one that hangs can be seen from outside; with null when what
/// follows may take its time.</param>
internal sealed class BugExam(DestinationCompiler compiler, ScoreLimits limits, Action<ulong?> beginRun)
{
    /// <summary>Looks for a bug.</summary>
    /// <param name="bug">The bug.</param>
    /// <returns>What came of it.</returns>
    public BugScore Take(PlantedBug bug)
    {
        List<BugFinding> findings = [];
        try
        {
            using PlantedWorld world = new(compiler.Compile(bug), bug.Id);
            var judge = world.Bind(ScenarioTrial.Open)();
            int campaigns = 0;

            // Once half of them have found nothing the rest would change nothing.
            while (campaigns < limits.Campaigns && (campaigns - findings.Count) * 2 < limits.Campaigns)
            {
                if (Search(judge, bug, 1 + ((ulong)campaigns * ScoreLimits.SeedsApart)) is { } finding)
                    findings.Add(finding);
                campaigns++;
            }

            ShrunkBug? shrunk = findings.Count > 0 && limits.ShrinkingRuns > 0 ? Shrink(world, findings[0]) : null;
            return new BugScore(bug, campaigns, findings, shrunk, null);
        }
        catch (Exception trouble) when (trouble is PlantingException or OutOfMemoryException)
        {
            return new BugScore(bug, limits.Campaigns, findings, null, trouble.Message);
        }
    }

    private BugFinding? Search(
        Func<ulong, (string Verdict, string? Check, string? Message, ulong TraceHash)> judge, PlantedBug bug, ulong firstSeed)
    {
        using ScenarioRunner intact = new();
        TimeSpan started = ThreadClock.Now;
        for (ulong seed = firstSeed; ThreadClock.Now - started < limits.Budget; seed++)
        {
            beginRun(seed);
            var (verdict, check, message, _) = judge(seed);
            if (verdict != nameof(Verdict.Violated) || !Tells(bug, check!))
                continue;
            TimeSpan elapsed = ThreadClock.Now - started;

            // What the intact destination shows as well is no sign of the bug.
            if (intact.Run(ScenarioOptions.Draw(seed)).Verdict == Verdict.Passed)
                return new BugFinding((long)(seed - firstSeed) + 1, elapsed, seed, check!, message!);
        }

        return null;
    }

    // A run that does not end says nothing of a bug that is not about waiting: what is wrong there has to be seen for itself.
    private static bool Tells(PlantedBug bug, string check) => bug.Kind == BugKind.Hang || check != nameof(EveryRunEnds);

    private ShrunkBug? Shrink(PlantedWorld world, BugFinding finding)
    {
        beginRun(null);
        return world.Bind(ScenarioTrial.Shrink)(finding.Seed, limits.ShrinkingRuns) is { } shrunk
            ? new ShrunkBug(shrunk.RecipeJson, shrunk.Records, shrunk.Decisions)
            : null;
    }
}
