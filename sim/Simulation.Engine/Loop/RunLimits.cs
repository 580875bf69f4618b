namespace Simulation.Engine.Loop;

/// <summary>How far a run may go before it is called a livelock. Counted from the start of the run, also when it is continued.</summary>
/// <param name="MaximumVirtualNanoseconds">The last instant at which an event may happen.</param>
/// <param name="MaximumSteps">The most steps of all tasks together.</param>
public readonly record struct RunLimits(long MaximumVirtualNanoseconds, long MaximumSteps)
{
    /// <summary>One virtual day and ten million steps.</summary>
    public static RunLimits Default => new(24L * 3600 * Time.VirtualDuration.Second, 10_000_000);
}
