namespace Qemu.Migration.Destination.Hosting;

/// <summary>
/// The seam: everything the destination takes from the world it runs in. The same compiled destination runs in a daemon on real
/// sockets, in a virtual-time loop, under a systematic concurrency tester and inside a fuzzer; only this differs.
/// </summary>
/// <remarks>
/// A host promises that nothing here throws except <see cref="MapGuestMemory"/> (out of memory) and <see cref="Spawn"/> (no thread),
/// and that tasks started by <see cref="Spawn"/> are the only way in which the destination's code runs beside its callers.
/// </remarks>
public abstract class DestinationEnvironment
{
    /// <summary>The clock: <see cref="TimeProvider.GetTimestamp"/> is monotonic and the only time statistics are made of.
    /// Wall-clock time is not read by the destination.</summary>
    public abstract TimeProvider TimeProvider { get; }

    /// <summary>What happens is told here.</summary>
    public virtual MigrationTrace Trace => MigrationTrace.None;

    /// <summary>Told who writes which guest pages; null where nobody asks.</summary>
    public virtual GuestPageWatch? PageWatch => null;

    /// <summary>What the guest does once it runs here and its source still has some of its pages; null where it does nothing.</summary>
    public virtual GuestProgram? Guest => null;

    /// <summary>Starts a logical task.</summary>
    /// <param name="name">A stable name, unique among the tasks of one migration ("multifd/3"): schedules refer to it.</param>
    /// <param name="body">The task; it handles its own failures.</param>
    /// <returns>The task's end.</returns>
    /// <exception cref="IOException">The host has nothing left to run it on; nothing of it has run.</exception>
    public abstract Task Spawn(string name, Func<Task> body);

    /// <summary>A place where another task may run. Completed at once in production; a scheduling decision elsewhere.</summary>
    /// <param name="site">A stable name of the place.</param>
    /// <returns>Completes when this task runs again.</returns>
    public virtual ValueTask Point(string site) => ValueTask.CompletedTask;

    /// <summary>A place where this task can go on only when another has done something. Suspends the task, as any await does; a host
    /// that holds each task on a thread may block that thread.</summary>
    /// <param name="signal">Completes when the other has done it; never fails.</param>
    /// <returns>Completes when this task runs again.</returns>
    public virtual ValueTask WaitFor(Task signal) => new(signal);

    /// <summary>Lets time pass. A host that holds each task on a thread blocks that thread.</summary>
    /// <param name="duration">How long, positive.</param>
    /// <returns>Completes when it is over; where time stands, never.</returns>
    public abstract ValueTask Delay(TimeSpan duration);

    /// <summary>Maps the memory of one RAM block.</summary>
    /// <param name="name">The block's name.</param>
    /// <param name="lengthBytes">Its maximum length, a multiple of the page size.</param>
    /// <returns>Memory of at least that length, owned by the caller.</returns>
    /// <exception cref="OutOfMemoryException">The host has not that much.</exception>
    public virtual GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) => new NativeMemoryRegion(lengthBytes);
}
