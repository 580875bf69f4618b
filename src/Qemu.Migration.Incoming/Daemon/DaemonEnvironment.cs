using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Memory;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>The real world: a thread for each task, the system's clock, mapped memory.</summary>
/// <param name="trace">Where what happens is told.</param>
/// <param name="sharedBlock">The block that lives in <paramref name="memoryFile"/>, or null.</param>
/// <param name="memoryFile">A file that others may map, or null.</param>
/// <param name="memoryFileMode">Who may do what with the file, where it is made.</param>
internal sealed class DaemonEnvironment(
    MigrationTrace trace, string? sharedBlock = null, string? memoryFile = null, UnixFileMode memoryFileMode = UnixFileMode.None)
    : DestinationEnvironment
{
    /// <inheritdoc/>
    public override TimeProvider TimeProvider => TimeProvider.System;

    /// <inheritdoc/>
    public override MigrationTrace Trace => trace;

    /// <summary>The guest's program, or null.</summary>
    public GuestProgram? Program { get; init; }

    /// <inheritdoc/>
    public override GuestProgram? Guest => Program;

    /// <summary>Gives threads back where the system has none left; returns whether it did.</summary>
    public Func<bool> MakeRoom { get; set; } = () => false;

    /// <summary>Runs a task on a thread of its own, from its first step to its last: channels block, and so does
    /// <see cref="WaitFor"/>. What a task does not handle is a bug, and ends the process where it is seen.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>Its end.</returns>
    /// <exception cref="IOException">The system has no thread left.</exception>
    public override Task Spawn(string name, Func<Task> body)
    {
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        while (!DaemonThread.TryStart(name, () => Run(name, body), end.SetResult))
        {
            if (!MakeRoom())
                throw new IOException("the system has no thread left");
        }
        return end.Task;
    }

    private static void Run(string name, Func<Task> body)
    {
        try
        {
            Task done = body();
            Invariant.Holds(done.IsCompleted, "a task waits only where its own thread is blocked");
            done.GetAwaiter().GetResult();
        }
        catch (Exception error)
        {
            Environment.FailFast($"incoming: task '{name}' failed: {error.Message}", error);
        }
    }

    /// <summary>Blocks the task's own thread. A task that was suspended would go on with a thread of the pool and block that one in
    /// its next read: a few idle channels would then hold up everybody.</summary>
    /// <param name="signal">Completes when the task can go on.</param>
    /// <returns>Has completed.</returns>
    /// <remarks>Task.Wait would yield the processor some thirty times before it sleeps, and on a busy machine each time gives another process
    /// its time slice: milliseconds for a page that a guest waits for.</remarks>
    public override ValueTask WaitFor(Task signal)
    {
        if (!signal.IsCompleted)
            ((IAsyncResult)signal).AsyncWaitHandle.WaitOne();
        signal.GetAwaiter().GetResult();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask Delay(TimeSpan duration)
    {
        Thread.Sleep(duration);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) =>
        memoryFile is not null && name == sharedBlock
            ? new SharedFileRegion(memoryFile, lengthBytes, memoryFileMode)
            : new AnonymousRegion(lengthBytes);
}
