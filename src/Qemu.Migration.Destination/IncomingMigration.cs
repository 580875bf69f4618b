using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination;

/// <summary>
/// One incoming migration, from <c>migrate-incoming</c> to its end. The host opens a transport, calls <see cref="TryBegin"/> and
/// hands over the listener (<see cref="ServeAsync"/>) or every connection (<see cref="AttachAsync"/>); everything else happens in here.
/// </summary>
public sealed class IncomingMigration
{
    private readonly MigrationSession _session;

    /// <summary>Makes a migration that has not begun.</summary>
    /// <param name="environment">The host's clock, tasks, memory and trace.</param>
    /// <param name="machine">The machine to load, valid.</param>
    /// <param name="memory">Its RAM; the migration does not dispose of it.</param>
    /// <param name="virtualMachine">The guest that is started in the end.</param>
    /// <param name="capabilities">What is switched on; not changed any more.</param>
    /// <param name="parameters">How many multifd channels, compressed how; not changed any more.</param>
    /// <param name="limits">How long a peer can make it wait; null for the default.</param>
    public IncomingMigration(
        DestinationEnvironment environment, MachineProfile machine, GuestMemory memory, VirtualMachine virtualMachine,
        MigrationCapabilities capabilities, MigrationParameters parameters, SessionLimits? limits = null)
    {
        Machine = machine;
        Memory = memory;
        VirtualMachine = virtualMachine;
        State = new(environment, memory, capabilities);
        memory.IsConcurrent = capabilities.Multifd;
        _session = new(this, environment, capabilities, parameters, limits ?? SessionLimits.Default);
    }

    /// <summary>The incoming state (QEMU's <c>mis</c>): status, timing and page counters.</summary>
    public MigrationIncomingState State { get; }

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The guest.</summary>
    public VirtualMachine VirtualMachine { get; }

    /// <summary>Completes when the migration has completed or failed and its last message is sent.</summary>
    public Task Ended => _session.Ended;

    /// <summary>The machine to load.</summary>
    internal MachineProfile Machine { get; }

    /// <summary>Begins: none to setup. The transport may be opened before or after.</summary>
    /// <returns>False when the migration was begun before.</returns>
    public bool TryBegin() => State.TryBeginSetup();

    /// <summary>The transport could not be opened: back to none, so that another may be tried (deviation L10).</summary>
    public void Abandon() => State.AbandonSetup();

    /// <summary>The only channel there is could not be had, after the migration had begun.</summary>
    /// <param name="cause">Why, one clause.</param>
    /// <returns>Completes when the status says failed.</returns>
    public Task FailAsync(string cause) => _session.FailAsync(new(StreamErrorCode.ChannelFailed, 0, $"{cause}"));

    /// <summary>Ends the connections of the source, if it is there: a migration that has begun then fails as if the source had
    /// gone.</summary>
    public void Shutdown() => _session.Shutdown();

    /// <summary><c>migrate-pause</c>: ends the connections of a source in postcopy, so that another connection can take over.</summary>
    /// <returns>False where there is no source in postcopy.</returns>
    public bool TryPause()
    {
        if (State.Status is not (MigrationStatus.PostcopyActive or MigrationStatus.PostcopyRecover))
            return false;
        _session.Shutdown();
        return true;
    }

    /// <summary>Touches pages for the guest, without waiting: those that are missing are asked for, as if a CPU waited for them.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="firstPage">The first page's number.</param>
    /// <param name="pageCount">How many, all inside the used length.</param>
    /// <returns>How many are missing.</returns>
    /// <exception cref="IOException">The host has nothing left to ask with.</exception>
    public long Touch(RamBlock block, long firstPage, long pageCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstPage);
        ArgumentOutOfRangeException.ThrowIfNegative(pageCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageCount, (block.UsedLengthBytes >> Memory.PageShift) - firstPage);
        return _session.Touch(block, firstPage, pageCount);
    }

    /// <summary>There is no guest any more: its CPUs, which may wait for pages, end. For a host that ends.</summary>
    public void PowerOff() => _session.PowerOff();

    /// <summary>Takes connections until the migration has ended, each in a task of its own, and bounds what they can make it wait
    /// (deviations L5 and L6: neither a port scan nor an idle client does harm).</summary>
    /// <param name="listener">Where they come from; disposed of when the migration has ended.</param>
    /// <param name="cancellation">Ends it: nobody else is let in, and a migration that has begun fails as if the source had gone.</param>
    /// <returns>Completes when no other connection will come. Those that are there may go on: see <see cref="Ended"/>.</returns>
    public async Task ServeAsync(MigrationListener listener, CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(
            _ =>
            {
                listener.Dispose();
                _session.Shutdown();
            },
            null);
        await _session.ServeAsync(listener);
    }

    /// <summary>Serves one connection until it is done with: loads the migration, receives pages, or refuses a stranger and leaves
    /// the migration waiting.</summary>
    /// <param name="channel">The connection; it is shut down in the end.</param>
    /// <param name="cancellation">Ends the connection as if the peer had gone.</param>
    /// <returns>Completes when the connection is done with.</returns>
    public async Task AttachAsync(MigrationChannel channel, CancellationToken cancellation = default)
    {
        using CancellationTokenRegistration registration = cancellation.UnsafeRegister(_ => channel.Shutdown(), null);
        await _session.ServeAsync(channel);
    }
}
