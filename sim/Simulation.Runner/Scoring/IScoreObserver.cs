namespace Simulation.Runner.Scoring;

/// <summary>Hears of each bug's score; called by one thread at a time.</summary>
internal interface IScoreObserver
{
    /// <summary>A bug was looked for.</summary>
    /// <param name="score">What came of it.</param>
    public void Scored(BugScore score);
}
