using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;

namespace Simulation.Runner.Scoring;

/// <summary>Looks for one bug on the calling thread: plants it, runs campaigns until each has found it or used its time, and shrinks
/// a finding. A campaign is simulated runs, seed by seed. In between come streams of the corpus, which count as seeds, or, where the bug is
/// about the order of tasks, schedules of the models, which count by their time.</summary>
/// <param name="compiler">Plants it.</param>
/// <param name="corpus">The streams of the corpus.</param>
/// <param name="limits">How long to look.</param>
/// <param name="beginRun">Told before each run, with its seed, so that one that hangs can be seen from outside; with null when what
/// follows may take its time.</param>
internal sealed class BugExam(
    DestinationCompiler compiler, IReadOnlyList<string> corpus, ScoreLimits limits, Action<ulong?> beginRun)
{
    private const int CampaignsWithoutFinding = 3;
    private const int SeedsBetweenSlices = 64;

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
            CorpusSlices? streams = bug.Kind == BugKind.Concurrency ? null : new(corpus, world);
            using ScheduleSlices? schedules = bug.Kind == BugKind.Sequential ? null : new(bug, compiler);
            int campaigns = 0;
            while (campaigns < limits.Campaigns && IsOpen(campaigns, findings.Count))
            {
                if (Search(judge, streams, schedules, bug, 1 + ((ulong)campaigns * ScoreLimits.SeedsApart)) is { } finding)
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

    // Stop when the majority is decided, or when the first campaigns have found nothing.
    private bool IsOpen(int campaigns, int found) =>
        (campaigns - found) * 2 < limits.Campaigns && (found > 0 || campaigns < CampaignsWithoutFinding);

    private BugFinding? Search(
        Func<ulong, (string Verdict, string? Check, string? Message, ulong TraceHash)> judge, CorpusSlices? streams,
        ScheduleSlices? schedules, PlantedBug bug, ulong firstSeed)
    {
        streams?.Begin(firstSeed);
        schedules?.Begin(firstSeed);
        using ScenarioRunner intact = new();
        TimeSpan started = ThreadClock.Now;
        for (ulong seed = firstSeed; ThreadClock.Now - started < limits.Budget; seed++)
        {
            if ((seed - firstSeed) % SeedsBetweenSlices == SeedsBetweenSlices - 1 && Ask(streams, schedules, bug, seed) is { } found)
            {
                long runs = (long)(seed - firstSeed) + (streams?.Played ?? 0);
                return found with { Seeds = runs, Elapsed = ThreadClock.Now - started };
            }

            beginRun(seed);
            var (verdict, check, message, _) = judge(seed);
            if (verdict != nameof(Verdict.Violated) || !Tells(bug, check!))
                continue;
            TimeSpan elapsed = ThreadClock.Now - started;

            // Ignore findings that the destination without the bug shows too.
            if (intact.Run(ScenarioOptions.Draw(seed)).Verdict == Verdict.Passed)
                return new BugFinding((long)(seed - firstSeed) + 1 + (streams?.Played ?? 0), elapsed, seed, check!, message!);
        }

        return null;
    }

    // A hang counts as a detection only for bugs whose effect is a hang.
    private static bool Tells(PlantedBug bug, string check) => bug.Kind == BugKind.Hang || check != nameof(EveryRunEnds);

    private BugFinding? Ask(CorpusSlices? streams, ScheduleSlices? schedules, PlantedBug bug, ulong seed)
    {
        beginRun(seed);
        if (streams?.Next(property => Tells(bug, property)) is { } stream)
            return new(0, default, seed, stream.Property, stream.Message, Stream: new(stream.File, stream.Records));
        beginRun(null);
        return schedules?.Next() is { } found ? new(0, default, found.Seed, found.Property, found.Message, found.Where) : null;
    }

    private ShrunkBug? Shrink(PlantedWorld world, ScheduleSlices? schedules, BugFinding finding)
    {
        beginRun(null);
        if (finding.Schedules is { } where)
            return new ShrunkBug("", 0, schedules!.Decisions(where, finding.Seed));
        if (finding.Stream is { } stream)
            return new ShrunkBug("", stream.Records, 0);
        return world.Bind(ScenarioTrial.Shrink)(finding.Seed, limits.ShrinkingRuns) is { } shrunk
            ? new ShrunkBug(shrunk.RecipeJson, shrunk.Records, shrunk.Decisions)
            : null;
    }
}
