using System.Diagnostics;
using Simulation.Scenarios;
using Simulation.Scenarios.Campaigns;

namespace Simulation.Runner.Campaigns;

/// <summary>
/// Runs the seeds of a range on several threads. Each thread has a world of its own and takes the next seed in order, so that what a
/// run does depends on its seed alone, and the runs done at any moment are, but for those under way, a beginning of the range.
/// </summary>
/// <param name="limits">What to run.</param>
/// <param name="observer">Who hears of the runs.</param>
internal sealed class Campaign(CampaignLimits limits, ICampaignObserver observer)
{
    private const int LookMilliseconds = 100;

    /// <summary>Wall-clock time after which a run counts as hung: a thousand times what a long one takes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly CampaignTally _tally = new(Probes.Catalogue);
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
            Fail(lane.Seed, $"The run had not ended after {Patience.TotalSeconds} s of wall-clock time.");
            return true;
        }
    }

    private void Work(Lane lane, CancellationToken stop)
    {
        ScenarioRunner runner = new();
        DeterminismGate gate = new(limits.Twice);
        while (!stop.IsCancellationRequested && !lane.IsGivenUp && TakeSeed() is { } seed)
        {
            long started = Stopwatch.GetTimestamp();
            lock (_gate)
                (lane.Seed, lane.RunStarted) = (seed, started);
            try
            {
                Judged(lane, new CampaignWorker(runner.Run, gate).Run(seed), Stopwatch.GetElapsedTime(started));
            }
            catch (Exception crash) when (crash is not OutOfMemoryException)
            {
                // A crash of the harness is a result of this seed, not the end of the campaign. Its world is not used again.
                runner.Dispose();
                runner = new ScenarioRunner();
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

    private void Judged(Lane lane, JudgedRun run, TimeSpan wall)
    {
        lock (_gate)
        {
            lane.RunStarted = null;
            if (lane.IsGivenUp)
                return;
            _tally.Add(run);
            observer.Judged(run, wall, _tally);
        }
    }

    private void Fail(ulong seed, string message)
    {
        Finding finding = new(seed, Verdict.HarnessFailed, null, message);
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

        public bool IsGivenUp { get; set; }
    }
}
