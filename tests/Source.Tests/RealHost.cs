using System.Diagnostics;
using Simulation.Source.Hosting;

namespace Source.Tests;

/// <summary>
/// The machine's clock, for a real destination. What a source runs takes turns: its threads wait at the same time, and one of them runs
/// at a time, since nothing of a source may be called while something of it runs.
/// </summary>
internal sealed class RealHost : ISourceHost
{
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);

    public long NowNanoseconds => (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    public async ValueTask DelayAsync(long nanoseconds) => await Task.Delay(TimeSpan.FromMicroseconds(nanoseconds / 1000.0));

    public Task Spawn(string name, Func<Task> body) => _turns.StartNew(body).Unwrap();

    /// <summary>Runs something and has its result.</summary>
    public Task<T> RunAsync<T>(Func<Task<T>> body) => _turns.StartNew(body).Unwrap();

    /// <summary>Calls something of the source.</summary>
    public Task<T> CallAsync<T>(Func<T> call) => _turns.StartNew(call);
}
