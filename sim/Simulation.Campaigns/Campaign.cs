using System.Diagnostics;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Campaigns;

/// <summary>
/// Runs the seeds of a range on several threads. Each thread has a world of its own and takes the next seed in order, so that what a
/// run does depends on its seed alone, and the runs done at any moment are, but for those under way, a beginning of the range.
/// </summary>
/// <param name="limits">What to run.</param>
/// <param name="observer">Who hears of the runs.</param>
/// <param name="checks">What runs are judged by.</param>
public sealed class Campaign(CampaignLimits limits, ICampaignObserver observer, IReadOnlyList<ICheck> checks)
{
    private const int LookMilliseconds = 100;

    /// <summary>Wall-clock time after which a run counts as hung: a thousand times what a long one takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly CampaignTally _tally = new(Probes.Catalogue, [.. checks.Select(check => check.Name)]);
    private readonly SortedSet<string> _shrunk = new(StringComparer.Ordinal);
    private readonly long _startedTimestamp = Stopwatch.GetTimestamp();
    private long _handedOut;

    /// <summary>Wall-clock time since the campaign was made.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedTimestamp);

    /// <summary>Runs until a limit is reached or it is stopped; runs under way are ended, those that hang are left.</summary>
    /// <param name="stop">Stops it: no new run begins.</param>
    /// <returns>What was seen.</returns>
    public CampaignTally Run(CancellationToken stop)
    {
        List<Lane> lanes = [];
        for (int i = 0; i < limits.Jobs; i++)
            lanes.Add(new Lane(lane => Work(lane, stop), $"campaign/{i}"));
        while (lanes.Count > 0)
        {
            lanes[0].Thread.Join(LookMilliseconds);
            lanes.RemoveAll(lane => !lane.Thread.IsAlive || IsHung(lane));
        }

        return _tally;
    }

    // Virtual time cannot bound a step that never ends, so the wall clock does, from outside. A thread cannot be stopped: it is given
    // up, and ends with the process.
    private bool IsHung(Lane lane)
    {
        lock (_gate)
        {
            if (lane.RunStarted is not { } started || Stopwatch.GetElapsedTime(started) < Patience)
                return false;
            lane.IsGivenUp = true;
            if (lane.Shrinks is { } finding)
                observer.Shrunk(finding, null);
            else
                Fail(lane.Seed, $"The run had not ended after {Patience.TotalSeconds} s of wall-clock time.");
            return true;
        }
    }

    private void Work(Lane lane, CancellationToken stop)
    {
        ScenarioRunner runner = new(checks);
        DeterminismGate gate = new(limits.Twice);
        while (!stop.IsCancellationRequested && !lane.IsGivenUp && TakeSeed() is { } seed)
        {
            long started = Stopwatch.GetTimestamp();
            lock (_gate)
                (lane.Seed, lane.RunStarted) = (seed, started);
            try
            {
                JudgedRun run = new CampaignWorker(runner.Run, gate).Run(seed);
                if (Judged(lane, run with { Wall = Stopwatch.GetElapsedTime(started) }) is { } finding)
                    Shrink(lane, runner, finding);
            }
            catch (Exception crash) when (crash is not OutOfMemoryException)
            {
                // A crash of the harness is a result of this seed, not the end of the campaign. Its world is not used again.
                runner.Dispose();
                runner = new ScenarioRunner(checks);
                lock (_gate)
                    Fail(seed, $"The harness crashed: {crash}");
            }
        }

        runner.Dispose();
    }

    private ulong? TakeSeed()
    {
        if (limits.Time is { } time && Elapsed >= time)
            return null;
        long index = Interlocked.Increment(ref _handedOut) - 1;
        return limits.Count is { } count && index >= count ? null : unchecked(limits.FirstSeed + (ulong)index);
    }

    // Returns the finding when it is to be shrunk: the first of its property.
    private CampaignFinding? Judged(Lane lane, JudgedRun run)
    {
        lock (_gate)
        {
            lane.RunStarted = null;
            if (lane.IsGivenUp)
                return null;
            bool isShrunk = run.Verdict == Verdict.Violated && limits.ShrinkRuns > 0 && _shrunk.Add(run.Check!);
            _tally.Add(run);
            observer.Judged(run, isShrunk, _tally);
            return lane.Shrinks = isShrunk ? run.Finding : null;
        }
    }

    private void Shrink(Lane lane, ScenarioRunner runner, CampaignFinding finding)
    {
        Recipe? smallest = null;
        try
        {
            smallest = ScenarioShrinking.Shrink(
                Watched, new FailingCase(ScenarioOptions.Draw(finding.Seed), null), new ReplayToken(finding.Seed).ToString(),
                limits.ShrinkRuns)?.Recipe;
        }
        finally
        {
            lock (_gate)
            {
                (lane.Shrinks, lane.RunStarted) = (null, null);
                if (!lane.IsGivenUp)
                    observer.Shrunk(finding, smallest);
            }
        }

        RunResult Watched(ScenarioOptions options, RunRequest request)
        {
            lock (_gate)
                lane.RunStarted = Stopwatch.GetTimestamp();
            return runner.Run(options, request);
        }
    }

    private void Fail(ulong seed, string message)
    {
        CampaignFinding finding = new(seed, Verdict.HarnessFailed, null, message);
        _tally.Add(finding);
        observer.Crashed(finding, _tally);
    }

    /// <summary>One thread and what it is at; under the campaign's lock.</summary>
    private sealed class Lane
    {
        public Lane(Action<Lane> work, string name)
        {
            Thread = new Thread(() => work(this)) { Name = name, IsBackground = true };
            Thread.Start();
        }

        public Thread Thread { get; }

        public ulong Seed { get; set; }

        public long? RunStarted { get; set; }

        public CampaignFinding? Shrinks { get; set; }

        public bool IsGivenUp { get; set; }
    }
}
