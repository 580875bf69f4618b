using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Multifd;
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
    private readonly MigrationParameters _parameters;
    private readonly MultifdSession? _multifd;
    private readonly object _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MigrationChannel? _main;

    /// <summary>Makes a migration that has not begun.</summary>
    /// <param name="environment">The world.</param>
    /// <param name="machine">The machine to load, valid.</param>
    /// <param name="memory">Its RAM; the migration does not dispose of it.</param>
    /// <param name="virtualMachine">The guest that is started in the end.</param>
    /// <param name="capabilities">What is switched on; not changed any more.</param>
    /// <param name="parameters">How many multifd channels, compressed how; not changed any more.</param>
    public IncomingMigration(
        DestinationEnvironment environment, MachineProfile machine, GuestMemory memory, VirtualMachine virtualMachine,
        MigrationCapabilities capabilities, MigrationParameters parameters)
    {
        _environment = environment;
        _machine = machine;
        _capabilities = capabilities;
        _parameters = parameters;
        Memory = memory;
        VirtualMachine = virtualMachine;
        State = new(environment, memory, capabilities);
        memory.IsConcurrent = capabilities.Multifd;
        // In a mapped-ram file the channels are readers of the same file: nobody connects.
        if (capabilities.Multifd && !capabilities.MappedRam)
            _multifd = new(environment, parameters.MultifdChannels) { OnFailure = ShutdownMainRead };
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

    /// <summary>Serves one connection until it is done with: loads the migration, receives pages, or refuses a stranger and leaves
    /// the migration waiting (deviations L5 and L6: neither a port scan nor an idle client does harm).</summary>
    /// <param name="channel">The connection; it is shut down in the end.</param>
    /// <returns>Completes when the connection is done with.</returns>
    public async Task AttachAsync(MigrationChannel channel)
    {
        using QemuFileReader reader = new(channel);
        try
        {
            var (role, refusal) = await RecognizeAsync(channel, reader);
            switch (role)
            {
                case ChannelRole.Main:
                    await LoadAsync(channel, reader);
                    break;
                case ChannelRole.Multifd:
                    await ReceiveAsync(channel, reader);
                    break;
                default:
                    _environment.Trace.ConnectionRefused(channel.Name, refusal);
                    break;
            }
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

    private void ShutdownMainRead()
    {
        lock (_lock)
            _main?.ShutdownRead();
    }

    private bool HasMain
    {
        get
        {
            lock (_lock)
                return _main is not null;
        }
    }

    private enum ChannelRole
    {
        Stranger,
        Main,
        Multifd,
    }

    // A listener's guests say what they are with their first four bytes (section 4.1); nothing waits for those but the connection's
    // own task. Where there is no listener the first channel is main and the rest are multifd.
    private async ValueTask<(ChannelRole Role, string Refusal)> RecognizeAsync(MigrationChannel channel, QemuFileReader reader)
    {
        bool looksLikeMain = true;
        if (channel.FromListener)
        {
            if (!await reader.FillAsync(4))
                return (ChannelRole.Stranger, $"it ended after {reader.Window.Length} bytes");
            uint magic = reader.PeekUInt32();
            looksLikeMain = magic == FileHeader.Magic;
            if (!looksLikeMain && (magic != MultifdPacket.Magic || _multifd is null))
                return (ChannelRole.Stranger, $"it begins with 0x{magic:x8}, which is no migration");
        }
        lock (_lock)
        {
            if (State.Status != MigrationStatus.Setup)
                return (ChannelRole.Stranger, "the migration has its connections already");
            if (looksLikeMain && _main is null)
            {
                _main = channel;
                return (ChannelRole.Main, "");
            }
            return _multifd is not null && (!looksLikeMain || !channel.FromListener)
                ? (ChannelRole.Multifd, "")
                : (ChannelRole.Stranger, "the migration has its connection already");
        }
    }

    private async Task ReceiveAsync(MigrationChannel channel, QemuFileReader reader)
    {
        var (error, channelId) = await ReadInitialPacketAsync(reader);
        MultifdReceiver? receiver = null;
        PageDecompressor? decompressor = null;
        if (error is null)
        {
            decompressor = PageDecompressor.For(_parameters.MultifdCompression);
            receiver = new(channelId, reader, channel, _multifd!, Memory, _capabilities.IgnoreShared, decompressor);
            error = _multifd!.Register(receiver);
        }
        if (error is not null)
        {
            decompressor?.Dispose();
            await _multifd!.FailAsync(error);
            // Main, where it is there, finds the failure and ends the migration; else nobody would.
            if (!HasMain)
            {
                await _multifd.StopAsync();
                await EndAsync(error, null, null);
            }
            return;
        }
        await receiver!.RunAsync();
        decompressor?.Dispose();
    }

    // Section 4.2: who is it, for which guest.
    private async ValueTask<(StreamError? Error, byte Channel)> ReadInitialPacketAsync(QemuFileReader reader)
    {
        DecodeStatus status;
        MultifdInitialPacket packet;
        int consumed;
        while ((status = MultifdInitialPacket.TryRead(reader.Window, out packet, out consumed)).NeedsMoreData)
        {
            if (!await reader.FillAsync(status.NeededBytes))
                return (Errors.Truncated(reader, $"a multifd channel's initial packet").WithChannel("multifd", null), 0);
        }
        reader.Advance(consumed);
        return (Check(packet)?.WithChannel("multifd", null), packet.Channel);
    }

    private StreamError? Check(MultifdInitialPacket packet)
    {
        (uint magic, uint version, Guid uuid, byte id) = packet;
        if (magic != MultifdPacket.Magic)
            return new(StreamErrorCode.MultifdMagic, 0, $"an initial packet with magic 0x{magic:x8}, not 0x{MultifdPacket.Magic:x8}");
        if (version != MultifdPacket.Version)
            return new(StreamErrorCode.MultifdVersion, 4, $"an initial packet of version {version}, not {MultifdPacket.Version}");
        if (uuid != (_machine.Uuid ?? Guid.Empty))
            return new(StreamErrorCode.MultifdUuid, 8, $"the channel is for guest {uuid}, not {_machine.Uuid ?? Guid.Empty}");
        return id < _multifd!.ChannelCount
            ? null
            : new(StreamErrorCode.MultifdChannelId, 24, $"channel id {id} of {_multifd.ChannelCount} channels");
    }

    private async Task LoadAsync(MigrationChannel channel, QemuFileReader reader)
    {
        if (_multifd is not null)
        {
            _multifd.MainArrived();
            await _environment.WaitFor(_multifd.AllPresent);
            if (_multifd.Failure is { } failure)
            {
                await _multifd.StopAsync();
                await EndAsync(failure, null, null);
                return;
            }
        }
        State.Activate(reader, _multifd);
        _multifd?.Start();
        MappedRamLoader? mappedRam = _capabilities.MappedRam
            ? new(reader, _environment, Memory, State.MainCounters, _capabilities.Multifd ? _parameters.MultifdChannels : 1)
            : null;
        VMStateLoader loader = new(
            reader, channel, _environment, _machine, Memory, _capabilities, State, _multifd, mappedRam);
        StreamError? error = Unsupported() ?? await loader.LoadAsync();
        if (_multifd is not null)
        {
            // A channel that failed took main's bytes away, whatever main made of their end: the channel's error is the cause. After the
            // stop no page arrives.
            if (error is null || reader.AtEnd)
                error = _multifd.Failure ?? error;
            await _multifd.StopAsync();
        }
        await EndAsync(error, loader.ReturnPath, error is null ? loader.MigratedRunState : null);
    }

    private StreamError? Unsupported()
    {
        foreach (string name in (ReadOnlySpan<string>)["postcopy-ram", "postcopy-preempt", "x-colo"])
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
