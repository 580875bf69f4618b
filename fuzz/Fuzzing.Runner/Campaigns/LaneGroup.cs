using Fuzzing.Engine.Execution;

namespace Fuzzing.Runner.Campaigns;

/// <summary>The jobs of a session, which share a corpus.</summary>
/// <param name="settings">What the session does.</param>
internal sealed class LaneGroup(FuzzSettings settings) : IDisposable
{
    private readonly FuzzLane[] _lanes = [.. Enumerable.Range(0, settings.Jobs).Select(number => new FuzzLane(settings, number))];

    /// <summary>The jobs.</summary>
    public IReadOnlyList<FuzzLane> Lanes => _lanes;

    /// <summary>Whether all are done.</summary>
    public bool IsDone => Array.TrueForAll(_lanes, lane => lane.IsDone);

    /// <summary>Runs of all.</summary>
    public long Executions => _lanes.Sum(lane => lane.Executions);

    /// <summary>Runs a second of all.</summary>
    public double ExecutionsPerSecond => _lanes.Sum(lane => lane.ExecutionsPerSecond);

    /// <summary>What the job knows that has reached most.</summary>
    public WorkerStatus Best => _lanes.Select(lane => lane.Knowledge).MaxBy(status => status.Features);

    /// <summary>Starts the workers.</summary>
    public void Start()
    {
        foreach (FuzzLane lane in _lanes)
            lane.Start();
    }

    /// <summary>Looks after the workers.</summary>
    /// <param name="stop">Whether they shall end.</param>
    public void Poll(bool stop)
    {
        foreach (FuzzLane lane in _lanes)
        {
            if (stop)
                lane.Stop();
            if (!lane.IsDone)
                lane.Poll();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FuzzLane lane in _lanes)
            lane.Dispose();
    }
}
