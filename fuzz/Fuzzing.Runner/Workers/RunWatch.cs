using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;

namespace Fuzzing.Runner.Workers;

/// <summary>
/// Ends the worker when one run of its target takes too long, and says where it was: in the methods whose counters still change. Time is the
/// process's own, so that a busy machine makes no finding; a run that is blocked and uses none has six times as long.
/// </summary>
internal sealed class RunWatch : IDisposable
{
    private const int Samples = 20;
    private const int BlockedFactor = 6;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(10);

    private readonly ManualResetEventSlim _isOver = new();
    private readonly Thread _thread;

    /// <summary>Begins to watch, on a thread of its own.</summary>
    /// <param name="buffer">Whose status says which run it is.</param>
    /// <param name="regions">The counters of the instrumented assemblies.</param>
    /// <param name="limit">How long a run may take.</param>
    public RunWatch(InputBuffer buffer, IReadOnlyList<CounterRegion> regions, TimeSpan limit)
    {
        _thread = new(() => Watch(buffer, regions, limit)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Watches no more, and does not read the buffer again.</summary>
    public void Dispose()
    {
        _isOver.Set();
        _thread.Join();
        _isOver.Dispose();
    }

    private void Watch(InputBuffer buffer, IReadOnlyList<CounterRegion> regions, TimeSpan limit)
    {
        long run = -1;
        TimeSpan began = default;
        int looks = 0;
        while (!_isOver.Wait(Interval))
        {
            TimeSpan used = Environment.CpuUsage.TotalTime;
            if (buffer.Status.IsRunning == 0 || buffer.Status.Executions != run)
            {
                (run, began, looks) = (buffer.Status.Executions, used, 0);
                continue;
            }
            looks++;
            if (used - began < limit && Interval * looks < limit * BlockedFactor)
                continue;
            Console.Error.WriteLine($"the run had not ended after {limit.TotalSeconds} s");
            foreach (string method in ChangingMethods(regions))
                Console.Error.WriteLine($"   at {method}");
            Environment.Exit(FuzzExitCode.TimedOut);
        }
    }

    private static IEnumerable<string> ChangingMethods(IReadOnlyList<CounterRegion> regions)
    {
        Dictionary<string, int> changes = new(StringComparer.Ordinal);
        byte[][] before = [.. regions.Select(region => region.Counters.ToArray())];
        for (int sample = 0; sample < Samples; sample++)
        {
            Thread.Sleep(SampleInterval);
            byte[][] now = [.. regions.Select(region => region.Counters.ToArray())];
            foreach (string method in regions.SelectMany((region, i) => Changed(region.Map, before[i], now[i])).Distinct(StringComparer.Ordinal))
                changes[method] = changes.GetValueOrDefault(method) + 1;
            before = now;
        }
        return changes.Where(method => method.Value >= Samples / 2).Select(method => method.Key).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Changed(CounterMap map, byte[] before, byte[] now) =>
        Enumerable.Range(0, map.Blocks.Count).Where(i => before[i] != now[i]).Select(i => map.Blocks[i].Method);
}
