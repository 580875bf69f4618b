using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>
/// One run of a model, in whatever host: the real destination, a task for each connection, a monitor that asks at the beginning and
/// again when the last of main's bytes are there, and somebody who waits for the end. The host brings the environment and decides who goes when.
/// </summary>
internal sealed class ModelRun
{
    private readonly ScheduleModel _model;
    private readonly ModelEnvironment _environment;
    private readonly GuestMemory _memory;
    private readonly RunWitness _witness;
    private readonly IncomingMigration _migration;
    private readonly ModelChannel[] _channels;
    private readonly ModelMonitor? _monitor;
    private readonly ModelGuest? _guest;

    /// <summary>Makes a run that has not begun.</summary>
    /// <param name="model">The model.</param>
    /// <param name="environment">The host's environment; its witness is new or reset.</param>
    /// <param name="memory">Guest memory of the model's machine, as it was before any record.</param>
    public ModelRun(ScheduleModel model, ModelEnvironment environment, GuestMemory memory)
    {
        (_model, _environment, _memory, _witness) = (model, environment, memory, environment.Witness);
        _monitor = model.Commands.Count > 0 ? new(model, environment) : null;
        VirtualMachine guest = _monitor?.VirtualMachine ?? new(true, _witness);
        _migration = new(environment, model.Machine, memory, guest, model.Capabilities, model.Parameters);
        _monitor?.Served = _migration;
        ModelSource source = new(_witness);
        _witness.Source = source;
        environment.Program = _guest = model.Vcpus.Count > 0 ? new(model, environment) : null;
        _channels = [.. model.Connections.Select(c => new ModelChannel(c, model.Kind == ModelKind.InPlace, environment, source))];
    }

    /// <summary>Starts all tasks but the one that waits for the end.</summary>
    public void Start()
    {
        _migration.TryBegin();
        if (_model.Listens)
            StartListening();
        else
        {
            foreach ((ModelConnection connection, ModelChannel channel) in _model.Connections.Zip(_channels))
                Spawn(channel.Name, () => connection.Arrival == ConnectionArrival.AtOnce ? _migration.AttachAsync(channel) : ArriveAsync(connection, channel));
        }

        Spawn("monitor", AskAsync);
        if (_model.Pauses > 0)
            Spawn("manager", PauseAsync);
        if (_monitor is not null)
            Spawn("qmp", _monitor.RunAsync);
    }

    /// <summary>Waits for the end of the migration, and looks.</summary>
    /// <returns>Its end.</returns>
    public Task WaitForEndAsync() => WatchAsync("end", AwaitEndAsync());

    /// <summary>Judges a run whose tasks have all ended.</summary>
    /// <returns>The property that was violated, or null.</returns>
    public ScheduleViolation? Judge()
    {
        if (_witness.Violation is null)
            JudgeEnd();
        return _witness.Violation;
    }

    private void StartListening()
    {
        ModelListener listener = new(_environment);
        Spawn("listener", () => _migration.ServeAsync(listener));
        Task previous = Task.CompletedTask;
        foreach ((ModelConnection connection, ModelChannel channel) in _model.Connections.Zip(_channels))
        {
            TaskCompletionSource accepted = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task signal = connection.Arrival switch
            {
                ConnectionArrival.AfterThePrevious => previous,
                ConnectionArrival.WhenActive => _witness.Active,
                _ => Task.CompletedTask,
            };
            Spawn($"peer of {connection.Name}", () => ConnectAsync(listener, channel, signal, accepted));
            previous = accepted.Task;
        }
    }

    // The connections of a model without a listener come by themselves. Recoveries come one after the other, one for each pause.
    private async Task ArriveAsync(ModelConnection connection, ModelChannel channel)
    {
        int earlier = _model.Connections.TakeWhile(other => other != connection).Count(other => other.Arrival == ConnectionArrival.WhenPaused);
        if (connection.Arrival == ConnectionArrival.WhenActive)
            await _environment.WaitFor(_witness.Active);
        else
            await AwaitStatusAsync(() => _witness.Status == MigrationStatus.PostcopyPaused && _witness.Recoveries >= earlier);
        await _environment.Point("peer.connect");
        if (!_witness.Status.IsTerminal())
            await _migration.AttachAsync(channel);
    }

    private async Task PauseAsync()
    {
        await AwaitStatusAsync(() => _witness.Status == MigrationStatus.PostcopyActive);
        for (int i = 0; i < _model.Pauses; i++)
        {
            await _environment.Point("manager.pause");
            _migration.TryPause();
        }
    }

    private async ValueTask AwaitStatusAsync(Func<bool> isReached)
    {
        while (!isReached() && !_witness.Status.IsTerminal())
            await _environment.WaitFor(_witness.StatusChange);
    }

    private async Task ConnectAsync(ModelListener listener, ModelChannel channel, Task signal, TaskCompletionSource accepted)
    {
        await _environment.WaitFor(signal);
        await _environment.Point("peer.connect");
        listener.Connect(channel, accepted);
    }

    private void Spawn(string name, Func<Task> body) => _environment.Spawn(name, () => WatchAsync(name, body()));

    private async Task WatchAsync(string name, Task task)
    {
        try
        {
            await task;
        }
        catch (Exception thrown) when (thrown is not Engine.HarnessException)
        {
            _witness.Report("DestinationNeverThrows", $"'{name}' threw {thrown.GetType().Name}: {thrown.Message}");
        }
    }

    private async Task AskAsync()
    {
        MigrationStatistics? before = await AskAsync(null);
        await _environment.WaitFor(_channels[_model.MainIndex].LastPortion);
        await AskAsync(before);
    }

    private async Task<MigrationStatistics?> AskAsync(MigrationStatistics? before)
    {
        for (int i = 0; i < _model.Queries; i++)
        {
            await _environment.Point("monitor");
            before = Look(before);
        }

        return before;
    }

    private async Task AwaitEndAsync()
    {
        await _environment.WaitFor(_migration.Ended);
        Look(null);
    }

    private MigrationStatistics Look(MigrationStatistics? before)
    {
        (MigrationStatus status, MigrationStatistics figures) = _migration.State.Snapshot();
        _witness.Looked(before, status, figures);
        return figures;
    }

    private void JudgeEnd()
    {
        (MigrationStatus status, MigrationStatistics figures) = _migration.State.Snapshot();
        bool completed = status == MigrationStatus.Completed;
        if (_witness.Ends != 1)
            _witness.Report("StatusHistoryIsAPath", $"the migration ended {_witness.Ends} times");
        if (!IsExpected(status))
            _witness.Report("VerdictAsExpected", $"the migration is {status}: {_migration.State.Error?.Message ?? "no error"}");
        if (_monitor is null && _witness.GuestStarted != completed)
            _witness.Report("FailedRunNeverStartsGuest", $"the migration is {status} and the guest {(_witness.GuestStarted ? "runs" : "stands")}");
        if (_witness.Shut is { } shut && shut != (completed ? 0 : 1))
            _witness.Report("ShutZeroExactlyWhenCompleted", $"the migration is {status} and the source was told SHUT {shut}");
        if (_model.Listens)
            JudgeConnections();
        if (completed)
            JudgeCompletion(figures);
    }

    private void JudgeConnections()
    {
        foreach (ModelConnection connection in _model.Connections)
        {
            bool isRefused = _witness.Refused.Contains(connection.Name);
            if (isRefused && !connection.IsRefused)
                _witness.Report("StrangersAreRefused", $"'{connection.Name}', which is of the migration, was refused");
        }

        foreach ((ModelConnection connection, ModelChannel channel) in _model.Connections.Zip(_channels))
        {
            if (connection.IsRefused && channel.IsRead && !_witness.Refused.Contains(connection.Name))
                _witness.Report("StrangersAreRefused", $"'{connection.Name}' was accepted, and nobody said that it is none of the migration");
        }
    }

    private void JudgeCompletion(MigrationStatistics figures)
    {
        _monitor?.JudgeEnd();
        RamBlock block = _memory.Blocks[0];
        ReadOnlySpan<byte> expected = _guest is null ? _model.Ram.Span : _guest.Ram;
        int difference = GuestMemory.Read(block, 0, (int)block.UsedLengthBytes).CommonPrefixLength(expected);
        if (difference < _model.Ram.Length)
            _witness.Report("RamEqualsSourceAtSwitchover", $"RAM differs from the source's at 0x{difference:x}");
        ModelFigures counted = new(
            figures.NormalPages, figures.ZeroPages, figures.UniquePages, figures.MultifdBytes, figures.TransferredBytes);

        long placed = figures.NormalPages + figures.ZeroPages - figures.DroppedPages - figures.DiscardedPages;
        if (_model.Figures is null && placed != figures.UniquePages)
            _witness.Report("EachPageIsPlacedOnce", $"the figures are {counted}, with {figures.DroppedPages} pages dropped");
        if (figures.Recoveries != _witness.Recoveries)
            _witness.Report("CountersEqualWireRecords", $"{figures.Recoveries} recoveries were counted of {_witness.Recoveries}");
        if (_model.Figures is { } figuresOfModel && counted != figuresOfModel)
            _witness.Report("CountersEqualWireRecords", $"the figures are {counted}, not {_model.Figures}");
    }

    private bool IsExpected(MigrationStatus status) => _model.Errors.Count == 0 || (_model.MayComplete && status == MigrationStatus.Completed)
        ? status == MigrationStatus.Completed
        : status == MigrationStatus.Failed && _model.Errors.Contains(_migration.State.Error!.Code);
}
