using System.Diagnostics;
using System.Threading.Channels;

namespace Simulation.Conformance;

/// <summary>Does pieces of work several at a time, and tells their results in the order in which they were brought.</summary>
/// <param name="jobs">How many at a time.</param>
internal sealed class Lanes(int jobs)
{
    /// <summary>Works until there is nothing left, time is up, or somebody says stop.</summary>
    /// <typeparam name="T">A result.</typeparam>
    /// <param name="work">The pieces; each is taken when its turn comes.</param>
    /// <param name="limit">After how long no new one begins, or null.</param>
    /// <param name="told">Told of each result, in order.</param>
    /// <param name="stop">Stops it. Ctrl-C also reaches the processes under test, so that their deaths behind it are not told.</param>
    public async Task RunAsync<T>(IEnumerable<Func<Task<T>>> work, TimeSpan? limit, Action<T> told, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();

        // What a process says is read from pipes, and each read blocks a thread of the pool: with too few, this process hears late what
        // another has said long ago.
        ThreadPool.GetMinThreads(out int least, out int ports);
        ThreadPool.SetMinThreads(least + (2 * jobs), ports);
        using SemaphoreSlim seats = new(jobs);
        Channel<Task<T>> order = Channel.CreateBounded<Task<T>>(4 * jobs);
        Task bringing = Task.Run(
            async () =>
            {
                try
                {
                    foreach (Func<Task<T>> piece in work)
                    {
                        if (stop.IsCancellationRequested || (limit is { } time && Stopwatch.GetElapsedTime(started) >= time))
                            break;
                        await seats.WaitAsync(CancellationToken.None);
                        await order.Writer.WriteAsync(Task.Run(() => SeatAsync(piece, seats), CancellationToken.None), CancellationToken.None);
                    }
                }
                finally
                {
                    // Work that cannot be brought ends the waiting for it.
                    order.Writer.Complete();
                }
            },
            CancellationToken.None);
        await foreach (Task<T> piece in order.Reader.ReadAllAsync(CancellationToken.None))
        {
            T result = await piece;
            if (!stop.IsCancellationRequested)
                told(result);
        }

        await bringing;
    }

    private static async Task<T> SeatAsync<T>(Func<Task<T>> piece, SemaphoreSlim seats)
    {
        try
        {
            return await piece();
        }
        finally
        {
            seats.Release();
        }
    }
}
