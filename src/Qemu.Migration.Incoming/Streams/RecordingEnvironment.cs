using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Memory;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// The host of <c>incoming load</c>. All bytes of a recording are there, so its tasks take turns on one thread, each until it waits for
/// another: what comes of a recording does not depend on when a thread runs. Where no task can run, nothing else will ever come.
/// </summary>
/// <param name="trace">Where what happens is told.</param>
internal sealed class RecordingEnvironment(MigrationTrace trace) : DestinationEnvironment
{
    /// <inheritdoc/>
    public override TimeProvider TimeProvider => TimeProvider.System;

    /// <inheritdoc/>
    public override MigrationTrace Trace => trace;

    /// <summary>Runs a task until it waits.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="body">The task.</param>
    /// <returns>Its end.</returns>
    public override Task Spawn(string name, Func<Task> body) => body();

    /// <summary>Time does not pass: nothing that waits for it goes on, and nobody has to be waited for.</summary>
    /// <param name="duration">How long.</param>
    /// <returns>Does not complete.</returns>
    public override ValueTask Delay(TimeSpan duration) => new(new TaskCompletionSource().Task);

    /// <inheritdoc/>
    public override GuestMemoryRegion MapGuestMemory(string name, long lengthBytes) => new AnonymousRegion(lengthBytes);

    /// <summary>Loads a recording on the calling thread, to its end. Connections are served in their order, as QEMU accepts them.</summary>
    /// <param name="migration">The migration, begun.</param>
    /// <param name="connections">The connections.</param>
    /// <param name="wanted">What a migration needs, for the error where it does not come.</param>
    /// <param name="log">The order of their bytes, or null.</param>
    public static void Load(
        IncomingMigration migration, IReadOnlyList<MigrationChannel> connections, string wanted, RecordedLog? log = null)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        Turns turns = new();
        SynchronizationContext.SetSynchronizationContext(turns);
        try
        {
            List<Task> tasks = log?.Replay(migration, turns.Take) ?? [];
            foreach (MigrationChannel connection in log is null ? connections : [])
            {
                tasks.Add(migration.AttachAsync(connection));
                turns.Take();
            }
            // The guest runs here, so the migration has not failed: the recording ends before its source reconnects.
            migration.Shutdown();
            turns.Take();
            if (!migration.Ended.IsCompleted)
            {
                tasks.Add(migration.FailAsync($"no other connection can come: the recording has {connections.Count}, and {wanted}"));
                turns.Take();
            }
            foreach (Task failed in tasks.Where(task => task.IsFaulted))
                failed.GetAwaiter().GetResult();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>What awaits have left to be done, in its order.</summary>
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _waiting = new();

        public override void Post(SendOrPostCallback d, object? state) => _waiting.Enqueue((d, state));

        public override SynchronizationContext CreateCopy() => this;

        public void Take()
        {
            while (_waiting.TryDequeue(out (SendOrPostCallback Callback, object? State) next))
                next.Callback(next.State);
        }
    }
}
