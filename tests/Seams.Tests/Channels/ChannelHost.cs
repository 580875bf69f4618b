using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Channels;

/// <summary>The place where a channel lives: it makes one, and runs a test's task beside it as that place runs tasks.</summary>
public abstract class ChannelHost : IDisposable
{
    private volatile string? _besideThread;

    /// <summary>A read that takes longer than this hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Whether the peer may stay silent: else all bytes and the end are there from the start.</summary>
    public virtual bool CanBeOpen => true;

    /// <summary>Whether the peer takes what is written.</summary>
    public virtual bool CanWrite => true;

    /// <summary>Whether <see cref="MigrationChannel.ShutdownRead"/> leaves the other direction as it is.</summary>
    public virtual bool HasTwoDirections => CanWrite;

    /// <summary>Makes a channel whose peer has sent bytes, and runs a task with it to its end.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="ends">Whether the peer has ended its stream behind them; false only where <see cref="CanBeOpen"/>.</param>
    /// <param name="body">The task.</param>
    public abstract void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body);

    /// <summary>Starts a task beside the one that calls.</summary>
    /// <param name="body">The task; a channel may block in it.</param>
    /// <returns>Its end.</returns>
    public virtual Task Beside(Func<Task> body) => OnThread(() =>
    {
        _besideThread = ThreadFolder();
        return body();
    });

    /// <summary>Lets the task that was started by <see cref="Beside"/> go on until a read of its waits.</summary>
    /// <param name="isReading">Whether it has come to that read.</param>
    public virtual Task Settle(Func<bool> isReading)
    {
        int asleep = 0;
        Assert.True(SpinWait.SpinUntil(WaitsInARow, Patience), "the other task does not come to its read");
        return Task.CompletedTask;

        // A thread may sleep for a moment before it reads.
        bool WaitsInARow()
        {
            asleep = isReading() && IsAsleep(_besideThread!) ? asleep + 1 : 0;
            Thread.Sleep(1);
            return asleep == 5;
        }
    }

    /// <summary>Waits for a task that was started by <see cref="Beside"/>.</summary>
    /// <param name="task">The task.</param>
    public virtual Task Await(Task task) => task.WaitAsync(Patience);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Runs a task whose awaits block, or complete at once.</summary>
    /// <param name="body">The task.</param>
    protected static void Block(Func<Task> body)
    {
        Task run = OnThread(body);
        Assert.True(((IAsyncResult)run).AsyncWaitHandle.WaitOne(Patience), "the test's task hangs");
        run.GetAwaiter().GetResult();
    }

    private static Task OnThread(Func<Task> body) => Task.Factory.StartNew(
        () => body().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static string ThreadFolder() => File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName;

    private static bool IsAsleep(string thread) => File.ReadAllText(Path.Combine(thread, "stat")).Split(") ")[^1][0] == 'S';
}
