using System.Runtime.ExceptionServices;
using Simulation.PlantedBugs;

namespace Simulation.Runner.Scoring;

/// <summary>Looks for bugs in several processes at a time.</summary>
/// <param name="bugs">The bugs.</param>
/// <param name="service">What the processes do.</param>
/// <param name="observer">Who hears of them.</param>
internal sealed class Scoring(IReadOnlyList<PlantedBug> bugs, ScoreService service, IScoreObserver observer)
{
    private const int LookMilliseconds = 100;

    private readonly object _gate = new();
    private readonly BugScore?[] _scores = new BugScore?[bugs.Count];
    private ExceptionDispatchInfo? _failure;
    private int _handedOut;

    /// <summary>Looks for all bugs, or until it is stopped.</summary>
    /// <param name="stop">Stops it: no other bug is looked for.</param>
    /// <returns>The scores, in the order of the bugs; those that were not begun are missing.</returns>
    public IReadOnlyList<BugScore> Run(CancellationToken stop)
    {
        ScoreLane[] lanes = [.. Enumerable.Range(0, service.Limits.Jobs).Select(_ => new ScoreLane(service))];
        Thread[] threads = [.. lanes.Select(lane => new Thread(() => Work(lane, stop)) { Name = "score", IsBackground = true })];
        foreach (Thread thread in threads)
            thread.Start();
        while (threads.Any(thread => thread.IsAlive) && !stop.IsCancellationRequested)
        {
            threads.First(thread => thread.IsAlive).Join(LookMilliseconds);
            foreach (ScoreLane lane in lanes)
                lane.EndIfHung();
        }

        _failure?.Throw();
        lock (_gate)
            return [.. _scores.OfType<BugScore>()];
    }

    private void Work(ScoreLane lane, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && Interlocked.Increment(ref _handedOut) - 1 is var index && index < bugs.Count)
            {
                BugScore score = lane.Take(bugs[index]);
                lock (_gate)
                {
                    _scores[index] = score;
                    observer.Scored(score);
                }
            }
        }
        catch (Exception broken)
        {
            // Not caused by a bug: a process does not start.
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(broken), null);
        }
        finally
        {
            lane.Dispose();
        }
    }
}
