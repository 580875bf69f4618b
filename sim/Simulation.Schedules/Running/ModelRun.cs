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
/// <param name="model">The model.</param>
/// <param name="environment">The host's environment; its witness is new or reset.</param>
/// <param name="memory">Guest memory of the model's machine, as it was before any record.</param>
internal sealed class ModelRun(ScheduleModel model, ModelEnvironment environment, GuestMemory memory)
{
    private readonly RunWitness _witness = environment.Witness;

    private readonly IncomingMigration _migration = new(
        environment, model.Machine, memory, new VirtualMachine(true, environment.Witness), model.Capabilities, model.Parameters);

    private readonly ModelChannel[] _channels = [.. model.Connections.Select(c => new ModelChannel(c, model.Kind == ModelKind.InPlace, environment))];

    /// <summary>Starts all tasks but the one that waits for the end.</summary>
    /// <returns>Their ends.</returns>
    public Task[] Start()
    {
        _migration.TryBegin();
        Task[] tasks = new Task[_channels.Length + 1];
        for (int i = 0; i < _channels.Length; i++)
        {
            ModelChannel channel = _channels[i];
            tasks[i] = environment.Spawn(channel.Name, () => WatchAsync(channel.Name, _migration.AttachAsync(channel)));
        }

        tasks[^1] = environment.Spawn("monitor", () => WatchAsync("monitor", AskAsync()));
        return tasks;
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
        await environment.WaitFor(_channels[0].LastPortion);
        await AskAsync(before);
    }

    private async Task<MigrationStatistics?> AskAsync(MigrationStatistics? before)
    {
        for (int i = 0; i < model.Queries; i++)
        {
            await environment.Point("monitor");
            before = Look(before);
        }

        return before;
    }

    private async Task AwaitEndAsync()
    {
        await environment.WaitFor(_migration.Ended);
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
        if (_witness.GuestStarted != completed)
            _witness.Report("FailedRunNeverStartsGuest", $"the migration is {status} and the guest {(_witness.GuestStarted ? "runs" : "stands")}");
        if (_witness.Shut is { } shut && shut != (completed ? 0 : 1))
            _witness.Report("ShutZeroExactlyWhenCompleted", $"the migration is {status} and the source was told SHUT {shut}");
        if (completed)
            JudgeCompletion(figures);
    }

    private void JudgeCompletion(MigrationStatistics figures)
    {
        RamBlock block = memory.Blocks[0];
        int difference = GuestMemory.Read(block, 0, (int)block.UsedLengthBytes).CommonPrefixLength(model.Ram.Span);
        if (difference < model.Ram.Length)
            _witness.Report("RamEqualsSourceAtSwitchover", $"RAM differs from the source's at 0x{difference:x}");
        ModelFigures counted = new(
            figures.NormalPages, figures.ZeroPages, figures.UniquePages, figures.MultifdBytes, figures.TransferredBytes);

        if (counted != model.Figures)
            _witness.Report("CountersEqualWireRecords", $"the figures are {counted}, not {model.Figures}");
    }

    private bool IsExpected(MigrationStatus status) => model.Errors.Count == 0
        ? status == MigrationStatus.Completed
        : status == MigrationStatus.Failed && model.Errors.Contains(_migration.State.Error!.Code);
}
