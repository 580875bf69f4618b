using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.MappedRam;
using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.ReturnPath;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Session.SessionEvent;
using static Qemu.Migration.Destination.Session.SessionPhase;

namespace Qemu.Migration.Destination.Session;

/// <content>The main stream, and how the migration ends.</content>
internal sealed partial class MigrationSession
{
    /// <summary>Fails the migration for something that is not of its stream.</summary>
    /// <param name="error">The cause.</param>
    public Task FailAsync(StreamError error) => EndAsync(error, null, null);

    private async Task LoadAsync(Connection main, QemuFileReader reader, Setup setup)
    {
        MigrationIncomingState state = _migration.State;
        MultifdSession? channels = setup.Channels;
        if (channels is not null)
        {
            await _environment.WaitFor(channels.AllPresent);
            if (setup.IsAbandoned)
            {
                await channels.StopAsync();
                return;
            }
            if (channels.Failure is { } failure)
            {
                await channels.StopAsync();
                await FailAsync(failure);
                return;
            }
        }
        state.Activate(reader, channels);
        channels?.Start();
        _load.Multifd = channels;
        MappedRamLoader? mappedRam = _capabilities.MappedRam
            ? new(reader, _environment, _migration.Memory, state, _capabilities.Multifd ? _parameters.MultifdChannels : 1)
            : null;
        VMStateLoader loader = new(reader, main.Channel, _load, channels, mappedRam);
        StreamError? error = Unsupported() ?? await loader.LoadAsync();
        if (channels is not null)
        {
            // A channel that failed took main's bytes away, whatever main made of their end: the channel's error is the cause. After the
            // stop no page arrives.
            if (error is null || reader.AtEnd)
                error = channels.Failure ?? error;
            await channels.StopAsync();
        }
        await ConcludeAsync(main, error);
    }

    private StreamError? Unsupported()
    {
        const string colo = "x-colo";
        return _capabilities[colo] ? new(StreamErrorCode.CapabilityUnsupported, 0, $"capability '{colo}' is on and not supported") : null;
    }

    // After RUN the guest runs here, so an error no longer ends the migration.
    private async Task ConcludeAsync(Connection main, StreamError? error)
    {
        if (_load.Postcopy.State == PostcopyState.Running)
        {
            if (await EndPostcopyAsync(main, error))
                await EndAsync(null, _load.ReturnPath, null);
            return;
        }
        await EndAsync(error, _load.ReturnPath, error is null ? _load.MigratedRunState : null);
    }

    // Sources and monitors rely on this order: start the guest, store the figures, publish the status, send SHUT.
    private async Task EndAsync(StreamError? error, ReturnPathWriter? returnPath, RunState? arrivesAs)
    {
        lock (_lock)
        {
            // The guest runs here, so the migration has not failed even if its source is lost.
            if (error is not null && _phase is Serving or Paused)
                return;
            if (!_migration.State.TryDecide(error))
                return;
            Decide(new OutcomeDecided());
        }
        if (arrivesAs is { } state)
            _migration.VirtualMachine.Arrive(state);
        await _migration.State.PublishAsync();
        if (returnPath is not null)
            await returnPath.ShutAsync(error is null ? 0u : 1u);
        _ended.TrySetResult();
        _asker?.End();
        Disperse();
    }

    // No other connection is awaited.
    private void Disperse()
    {
        MigrationListener? listener;
        List<Connection> newcomers = [];
        lock (_lock)
        {
            listener = _listener;
            while (_newcomers.TakeOldest() is { } newcomer)
                newcomers.Add(newcomer);
        }
        listener?.Dispose();
        foreach (Connection newcomer in newcomers)
            newcomer.Refuse(_environment.Trace, "the migration has ended");
        Wake();
    }
}
