using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Channels;

/// <summary>The place where a channel lives: it makes one, and runs a test's task beside it as that place runs tasks.</summary>
public abstract class ChannelHost : IDisposable
{
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
    public virtual Task Beside(Func<Task> body) => Task.Factory.StartNew(
        () => body().GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Waits for a task that was started by <see cref="Beside"/>.</summary>
    /// <param name="task">The task.</param>
    public virtual Task Await(Task task) => task.WaitAsync(Patience);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Runs a task whose awaits block, or complete at once.</summary>
    /// <param name="body">The task.</param>
    protected static void Block(Func<Task> body) => body().WaitAsync(Patience).GetAwaiter().GetResult();
}
