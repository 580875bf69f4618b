using Qemu.Migration.Destination.Environment;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination;

/// <summary>
/// One incoming migration, from <c>migrate-incoming</c> to its end. The host opens a transport, calls <see cref="TryBegin"/> and
/// hands every connection to <see cref="AttachAsync"/>; everything else happens in here.
/// </summary>
public sealed class IncomingMigration
{
    private readonly DestinationEnvironment _environment;
    private readonly MachineProfile _machine;
    private readonly MigrationCapabilities _capabilities;
    private readonly object _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MigrationChannel? _main;

    /// <summary>Makes a migration that has not begun.</summary>
    /// <param name="environment">The world.</param>
    /// <param name="machine">The machine to load, valid.</param>
    /// <param name="memory">Its RAM; the migration does not dispose of it.</param>
    /// <param name="virtualMachine">The guest that is started in the end.</param>
    /// <param name="capabilities">What is switched on; not changed any more.</param>
    public IncomingMigration(
        DestinationEnvironment environment, MachineProfile machine, GuestMemory memory, VirtualMachine virtualMachine,
        MigrationCapabilities capabilities)
    {
        _environment = environment;
        _machine = machine;
        _capabilities = capabilities;
        Memory = memory;
        VirtualMachine = virtualMachine;
        State = new(environment, memory, capabilities.IgnoreShared);
    }

    /// <summary>mis: status, timing and received pages.</summary>
    public MigrationIncomingState State { get; }

    /// <summary>The guest's RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The guest.</summary>
    public VirtualMachine VirtualMachine { get; }

    /// <summary>Completes when the migration has completed or failed and its last message is sent.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Begins: none to setup. The transport may be opened before or after.</summary>
    /// <returns>False when the migration was begun before.</returns>
    public bool TryBegin() => State.TryBeginSetup();

    /// <summary>The transport could not be opened: back to none, so that another may be tried (deviation L10).</summary>
    public void Abandon() => State.AbandonSetup();

    /// <summary>The only channel there is could not be had, after the migration had begun.</summary>
    /// <param name="cause">Why, one clause.</param>
    /// <returns>Completes when the status says failed.</returns>
    public Task FailAsync(string cause) => EndAsync(new(StreamErrorCode.ChannelFailed, 0, $"{cause}"), null, null);

    /// <summary>Serves one connection until it is done with: loads the migration, or refuses a stranger and leaves the migration
    /// waiting (deviations L5 and L6: neither a port scan nor an idle client does harm).</summary>
    /// <param name="channel">The connection; it is shut down in the end.</param>
    /// <returns>Completes when the connection is done with.</returns>
    public async Task AttachAsync(MigrationChannel channel)
    {
        using QemuFileReader reader = new(channel);
        try
        {
            if (channel.FromListener && await IsStrangerAsync(reader) is { } reason)
            {
                _environment.Trace.ConnectionRefused(channel.Name, reason);
                return;
            }
            if (!TryBecomeMain(channel))
            {
                _environment.Trace.ConnectionRefused(channel.Name, "the migration has its connection already");
                return;
            }
            await LoadAsync(channel, reader);
        }
        finally
        {
            channel.Shutdown();
        }
    }

    /// <summary>Ends the connection under way, if any: the migration then fails as if the source had gone.</summary>
    public void Shutdown()
    {
        lock (_lock)
            _main?.Shutdown();
    }

    // A source begins with QEVM. Nothing waits for this but the connection's own task.
    private static async ValueTask<string?> IsStrangerAsync(QemuFileReader reader)
    {
        if (!await reader.FillAsync(4))
            return $"it ended after {reader.Window.Length} bytes";
        uint magic = reader.PeekUInt32();
        return magic == FileHeader.Magic ? null : $"it begins with 0x{magic:x8}, which is no migration";
    }

    private bool TryBecomeMain(MigrationChannel channel)
    {
        lock (_lock)
        {
            if (_main is not null || State.Status != MigrationStatus.Setup)
                return false;
            _main = channel;
            return true;
        }
    }

    private async Task LoadAsync(MigrationChannel channel, QemuFileReader reader)
    {
        State.Activate(reader);
        VMStateLoader loader = new(reader, channel, _environment, _machine, Memory, _capabilities, State);
        StreamError? error = Unsupported() ?? await loader.LoadAsync();
        await EndAsync(error, loader.ReturnPath, error is null ? loader.MigratedRunState : null);
    }

    private StreamError? Unsupported()
    {
        foreach (string name in (ReadOnlySpan<string>)["multifd", "mapped-ram", "postcopy-ram", "postcopy-preempt", "x-colo"])
        {
            if (_capabilities[name])
                return new(StreamErrorCode.CapabilityUnsupported, 0, $"capability '{name}' is on and not supported");
        }
        return null;
    }

    // The order a source and a monitor rely on: the guest runs, the figures are stored, the status says so, the source is told.
    private async Task EndAsync(StreamError? error, ReturnPath.ReturnPathWriter? returnPath, RunState? arrivesAs)
    {
        if (!State.TryDecide(error))
            return;
        if (arrivesAs is { } state)
            VirtualMachine.Arrive(state);
        await State.PublishAsync();
        if (returnPath is not null)
            await returnPath.ShutAsync(error is null ? 0u : 1u);
        _ended.TrySetResult();
    }
}
