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
    private readonly object _gate = new();
    private readonly CampaignTally _tally = new(Probes.Catalogue);
    private readonly long _startedTimestamp = Stopwatch.GetTimestamp();
    private long _handedOut;

    /// <summary>Wall-clock time since the campaign was made.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_startedTimestamp);

    /// <summary>Runs until a limit is reached or it is stopped; runs under way are ended.</summary>
    /// <param name="stop">Stops it: no new run begins.</param>
    /// <returns>What was seen.</returns>
    public CampaignTally Run(CancellationToken stop)
    {
        Thread[] threads = new Thread[limits.Jobs];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() => Work(stop)) { Name = $"campaign/{i}", IsBackground = true };
            threads[i].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        return _tally;
    }

    private void Work(CancellationToken stop)
    {
        CampaignWorker? worker = null;
        while (!stop.IsCancellationRequested && TakeSeed() is { } seed)
        {
            long started = Stopwatch.GetTimestamp();
            try
            {
                worker ??= new CampaignWorker(new ScenarioRunner().Run, new DeterminismGate(limits.Twice));
                Judged(worker.Run(seed), Stopwatch.GetElapsedTime(started));
            }
            catch (Exception crash) when (crash is not OutOfMemoryException)
            {
                // A crash of the harness is a result of this seed, not the end of the campaign. Its world is not used again.
                worker = null;
                Crashed(seed, crash);
            }
        }
    }

    private ulong? TakeSeed()
    {
        if (limits.Time is { } time && Elapsed >= time)
            return null;
        long index = Interlocked.Increment(ref _handedOut) - 1;
        return limits.Count is { } count && index >= count ? null : unchecked(limits.FirstSeed + (ulong)index);
    }

    private void Judged(JudgedRun run, TimeSpan wall)
    {
        lock (_gate)
        {
            _tally.Add(run);
            observer.Judged(run, wall, _tally);
        }
    }

    private void Crashed(ulong seed, Exception crash)
    {
        lock (_gate)
        {
            Finding finding = new(seed, Verdict.HarnessFailed, null, $"The harness crashed: {crash}");
            _tally.Add(finding);
            observer.Crashed(finding, _tally);
        }
    }
}
