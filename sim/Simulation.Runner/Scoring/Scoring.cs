using System.Diagnostics;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;

namespace Simulation.Runner.Scoring;

/// <summary>Looks for bugs on several threads, each bug in a world of its own.</summary>
/// <param name="bugs">The bugs.</param>
/// <param name="corpus">Streams of the corpus, to be played between simulated runs.</param>
/// <param name="limits">How long to look for each.</param>
/// <param name="observer">Who hears of them.</param>
internal sealed class Scoring(
    IReadOnlyList<PlantedBug> bugs, IReadOnlyList<string> corpus, ScoreLimits limits, IScoreObserver observer)
{
    private const int LookMilliseconds = 100;

    private readonly object _gate = new();
    private readonly DestinationCompiler _compiler = new();
    private readonly BugScore?[] _scores = new BugScore?[bugs.Count];
    private int _handedOut;

    /// <summary>Looks for all bugs, or until it is stopped.</summary>
    /// <param name="stop">Stops it: no other bug is looked for.</param>
    /// <returns>The scores, in the order of the bugs; those that were not begun are missing.</returns>
    public IReadOnlyList<BugScore> Run(CancellationToken stop)
    {
        List<Lane> lanes = [];
        for (int i = 0; i < limits.Jobs; i++)
            lanes.Add(new Lane(lane => Work(lane, stop)));
        while (lanes.Count > 0 && !stop.IsCancellationRequested)
        {
            lanes[0].Thread.Join(LookMilliseconds);
            for (int i = lanes.Count - 1; i >= 0; i--)
            {
                if (!lanes[i].Thread.IsAlive)
                    lanes.RemoveAt(i);
                else if (GiveUpIfHung(lanes[i]))
                    lanes[i] = new Lane(lane => Work(lane, stop));
            }
        }

        lock (_gate)
            return [.. _scores.OfType<BugScore>()];
    }

    private void Work(Lane lane, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !lane.IsGivenUp)
        {
            int index = Interlocked.Increment(ref _handedOut) - 1;
            if (index >= bugs.Count)
                return;
            lane.Index = index;
            BugExam exam = new(_compiler, corpus, limits, seed => lane.Begin(seed));
            BugScore score = exam.Take(bugs[index]);
            lane.Begin(null);
            Note(lane, index, score);
        }
    }

    // A thread cannot be stopped: one whose run never comes back is left behind and ends with the process.
    private bool GiveUpIfHung(Lane lane)
    {
        if (!lane.HasHungFor(ScoreLimits.Patience))
            return false;
        string trouble = $"a run had not ended after {ScoreLimits.Patience.TotalSeconds} s of wall-clock time";
        Note(lane, lane.Index, new BugScore(bugs[lane.Index], limits.Campaigns, [], null, trouble));
        lane.IsGivenUp = true;
        return true;
    }

    private void Note(Lane lane, int index, BugScore score)
    {
        lock (_gate)
        {
            if (lane.IsGivenUp)
                return;
            _scores[index] = score;
            observer.Scored(score);
        }
    }

    /// <summary>One thread and what it is at.</summary>
    private sealed class Lane
    {
        private long _runStarted;

        public Lane(Action<Lane> work)
        {
            Thread = new Thread(() => work(this)) { Name = "score", IsBackground = true };
            Thread.Start();
        }

        public Thread Thread { get; }

        public int Index { get; set; }

        public volatile bool IsGivenUp;

        public void Begin(ulong? seed) => Volatile.Write(ref _runStarted, seed is null ? 0 : Stopwatch.GetTimestamp());

        public bool HasHungFor(TimeSpan patience) =>
            Volatile.Read(ref _runStarted) is not 0 and var started && Stopwatch.GetElapsedTime(started) > patience;
    }
}
