using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;

namespace Simulation.Runner.Scoring;

/// <summary>Looks for one bug on the calling thread: plants it, runs campaigns until each has found it or used its time, and shrinks
/// a finding. A campaign is simulated runs, seed by seed; where the bug is about the order of tasks, with schedules of the models in
/// between, which count by their time and not as seeds.</summary>
/// <param name="compiler">Plants it.</param>
/// <param name="limits">How long to look.</param>
/// <param name="beginRun">Told before each run, with its seed, so that one that hangs can be seen from outside; with null when what
/// follows may take its time.</param>
internal sealed class BugExam(DestinationCompiler compiler, ScoreLimits limits, Action<ulong?> beginRun)
{
    private const int CampaignsWithoutFinding = 3;
    private const int SeedsBetweenSchedules = 64;

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
            using ScheduleSlices? schedules = bug.Kind == BugKind.Sequential ? null : new(bug, compiler);
            int campaigns = 0;
            while (campaigns < limits.Campaigns && IsOpen(campaigns, findings.Count))
            {
                if (Search(judge, schedules, bug, 1 + ((ulong)campaigns * ScoreLimits.SeedsApart)) is { } finding)
                    findings.Add(finding);
                campaigns++;
            }

            BugScore score = new(bug, campaigns, findings, null, null);
            return score.Shown is { } shown && limits.ShrinkingRuns > 0 ? score with { Shrunk = Shrink(world, schedules, shown) } : score;
        }
        catch (Exception trouble) when (trouble is PlantingException or OutOfMemoryException)
        {
            return new BugScore(bug, limits.Campaigns, findings, null, trouble.Message);
        }
    }

    // Once half of the campaigns have found nothing the rest would change nothing; nor will they after the first few did.
    private bool IsOpen(int campaigns, int found) =>
        (campaigns - found) * 2 < limits.Campaigns && (found > 0 || campaigns < CampaignsWithoutFinding);

    private BugFinding? Search(
        Func<ulong, (string Verdict, string? Check, string? Message, ulong TraceHash)> judge, ScheduleSlices? schedules, PlantedBug bug,
        ulong firstSeed)
    {
        schedules?.Begin(firstSeed);
        using ScenarioRunner intact = new();
        TimeSpan started = ThreadClock.Now;
        for (ulong seed = firstSeed; ThreadClock.Now - started < limits.Budget; seed++)
        {
            if ((seed - firstSeed) % SeedsBetweenSchedules == SeedsBetweenSchedules - 1 && Ask(schedules) is { } found)
            {
                long seeds = (long)(seed - firstSeed);
                return new(seeds, ThreadClock.Now - started, found.Seed, found.Property, found.Message, found.Where);
            }

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

    private (ModelInHost Where, ulong Seed, string Property, string Message)? Ask(ScheduleSlices? schedules)
    {
        beginRun(null);
        return schedules?.Next();
    }

    private ShrunkBug? Shrink(PlantedWorld world, ScheduleSlices? schedules, BugFinding finding)
    {
        beginRun(null);
        if (finding.Schedules is { } where)
            return new ShrunkBug("", 0, schedules!.Decisions(where, finding.Seed));
        return world.Bind(ScenarioTrial.Shrink)(finding.Seed, limits.ShrinkingRuns) is { } shrunk
            ? new ShrunkBug(shrunk.RecipeJson, shrunk.Records, shrunk.Decisions)
            : null;
    }
}
