namespace Simulation.Source.Hosting;

/// <summary>Where a source runs: its time, and who runs what it starts.</summary>
public interface ISourceHost
{
    /// <summary>Nanoseconds since some fixed moment; never back.</summary>
    public long NowNanoseconds { get; }

    /// <summary>Waits.</summary>
    /// <param name="nanoseconds">How long, not negative.</param>
    /// <returns>Done when the time is over.</returns>
    public ValueTask DelayAsync(long nanoseconds);

    /// <summary>Starts what is a thread in a real source.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="body">What it does.</param>
    /// <returns>Done when the body is.</returns>
    public Task Spawn(string name, Func<Task> body);
}
