using Fuzzing.Engine;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Hosts;

/// <summary>
/// A destination that is used again from run to run: its guest memory stays, and only what was touched is cleared. After each run it
/// judges what must hold whatever the bytes were.
/// </summary>
internal sealed class FuzzDestination
{
    private readonly MachineProfile _machine;
    private MigrationCapabilities _capabilities;
    private MigrationParameters _parameters;
    private readonly TaskQueue _queue = new();
    private readonly List<Task> _tasks = [];
    private VirtualMachine _guest;
    private FuzzListener? _listener;
    private bool _isDirty;

    public FuzzDestination(
        MachineProfile machine, MigrationCapabilities capabilities, MigrationParameters? parameters = null, bool isWrittenThrough = false,
        GuestPageWatch? pageWatch = null)
    {
        machine.Validate();
        _machine = machine;
        _capabilities = capabilities;
        _parameters = parameters ?? new();
        Environment = new FuzzEnvironment(isWrittenThrough, pageWatch);
        Memory = new GuestMemory(Environment, machine);
        _guest = new VirtualMachine(true, Environment.Trace);
        Migration = new IncomingMigration(Environment, machine, Memory, _guest, capabilities, _parameters);
    }

    public FuzzEnvironment Environment { get; }

    public GuestMemory Memory { get; }

    public IncomingMigration Migration { get; private set; }

    public RunState GuestState => _guest.State;

    /// <summary>The guest of this run.</summary>
    public VirtualMachine Guest => _guest;

    /// <summary>Begins a run: a new migration into cleared memory.</summary>
    public void Begin()
    {
        Prepare();
        Migration.TryBegin();
    }

    /// <summary>Begins the migration of this run with settings of its own.</summary>
    /// <param name="capabilities">Its capabilities.</param>
    /// <param name="parameters">Its parameters.</param>
    public void BeginWith(MigrationCapabilities capabilities, MigrationParameters parameters)
    {
        (_capabilities, _parameters) = (capabilities, parameters);
        Migration = new IncomingMigration(Environment, _machine, Memory, _guest, _capabilities, _parameters);
        Migration.TryBegin();
    }

    /// <summary>Begins a run whose migration nobody has begun yet: cleared memory, a guest that waits.</summary>
    public void Prepare()
    {
        _queue.Enter();
        _tasks.Clear();
        Environment.Reset();
        _listener = null;
        Clear();
        _isDirty = true;
        _guest = new VirtualMachine(true, Environment.Trace);
        Migration = new IncomingMigration(Environment, _machine, Memory, _guest, _capabilities, _parameters);
    }

    /// <summary>Connects a channel and runs until everything waits.</summary>
    public void Attach(MigrationChannel channel)
    {
        _tasks.Add(Migration.AttachAsync(channel));
        _queue.Drain();
    }

    /// <summary>Listens: the connections of this run come through the accept loop.</summary>
    public void Listen()
    {
        _listener?.Dispose();
        _listener = new();
        _tasks.Add(Migration.ServeAsync(_listener));
        _queue.Drain();
    }

    /// <summary>A peer connects, to the listener where there is one, and everything runs until it waits.</summary>
    /// <param name="channel">The connection.</param>
    public void Connect(MigrationChannel channel)
    {
        if (_listener is null)
        {
            Attach(channel);
            return;
        }

        // Nobody listens any more.
        if (!_listener.TryConnect(channel))
            Environment.Refused.Add(channel.Name);
        _queue.Drain();
    }

    /// <summary>Time passes, and everything runs until it waits.</summary>
    /// <param name="duration">How long.</param>
    public void Pass(TimeSpan duration)
    {
        Environment.Pass(duration);
        _queue.Drain();
    }

    /// <summary>Runs until everything waits.</summary>
    public void Drain() => _queue.Drain();

    /// <summary>One whole migration over one channel.</summary>
    public void Run(FuzzChannel channel, ReadOnlyMemory<byte> input)
    {
        Begin();
        channel.Reset(input);
        Attach(channel);
        RequireEnd();
        Judge(input.Length);
        JudgeAnswers(channel.Answers);
    }

    /// <summary>Clears what the run has touched. Part of the run, so that what it costs and covers counts for its own input.</summary>
    public void Clear()
    {
        if (_isDirty)
            Memory.Reset();
        _isDirty = false;
    }

    /// <summary>The host ends while postcopy is paused: nobody comes any more, and there is no guest.</summary>
    public void PowerOff()
    {
        _listener?.Dispose();
        Migration.PowerOff();
        _queue.Drain();
    }

    /// <summary>Nothing waits, and nothing was thrown.</summary>
    public void RequireEnd()
    {
        // Where a source may still come back, one task looks after the session for ever.
        const string keeper = "watch";
        bool isPaused = Migration.State.Status == MigrationStatus.PostcopyPaused;

        // Report an exception first: other tasks may wait for the one that threw.
        List<Task> tasks = [.. _tasks, .. Environment.Spawned.Where(spawned => !isPaused || spawned.Name != keeper).Select(spawned => spawned.Task)];
        foreach (Task task in tasks)
        {
            if (task.IsFaulted)
                task.GetAwaiter().GetResult();
        }
        if (tasks.Exists(task => !task.IsCompleted))
        {
            throw new FindingException(
                FindingException.Hang, $"a connection is still served, status {Migration.State.Status}", Environment.WaitingPlaces);
        }
    }

    /// <summary>What must hold at the end of every migration.</summary>
    /// <param name="inputBytes">Bytes on all channels.</param>
    public void Judge(long inputBytes)
    {
        (MigrationStatus status, MigrationStatistics figures) = Migration.State.Snapshot();
        StreamError? error = Migration.State.Error;
        bool isOver = status == MigrationStatus.PostcopyPaused ? _capabilities["postcopy-ram"] : status.IsTerminal() && Migration.Ended.IsCompleted;
        FindingException.Unless(isOver, "the migration ends", $"status {status}");
        FindingException.Unless(
            Environment.IllegalChange is null, "the status goes where it may", $"{Environment.IllegalChange}");
        FindingException.Unless(
            (status == MigrationStatus.Failed) == error is not null, "a failure has its error", $"{status}, {error}");
        FindingException.Unless(
            error is null || _guest.State == RunState.InMigrate, "a failed migration starts no guest", $"{_guest.State}, {error}");
        FindingException.Unless(error is null || error.OffsetBytes >= 0, "an error lies in the stream", $"{error}");
        long total = Memory.MigratedBytes(_capabilities.IgnoreShared);
        long records = figures.NormalPages + figures.ZeroPages + figures.XbzrlePages;
        FindingException.Unless(
            figures.TransferredBytes >= 0 && (figures.TransferredBytes <= inputBytes || _capabilities.MappedRam),
            "no more is transferred than came", $"{figures.TransferredBytes} of {inputBytes}");
        FindingException.Unless(
            figures.NormalPages * Memory.PageSizeBytes <= figures.TransferredBytes || _parameters.MultifdCompression != "none", "pages that are counted came",
            $"{figures.NormalPages} pages in {figures.TransferredBytes} bytes");
        FindingException.Unless(
            figures.UniquePages <= records && figures.UniquePages == ReceivedPages(), "each page that arrived is marked once",
            $"{figures.UniquePages} unique, {ReceivedPages()} marked, {records} records");
        foreach (RamBlock block in Memory.Blocks)
        {
            FindingException.Unless(
                block.Description.Migratable || block.Received.Count() == 0, "a block that does not migrate gets no page", $"block {block.Name}");
        }
        long remaining = Math.Max(0, total - (figures.UniquePages * Memory.PageSizeBytes));

        // A migration that fails before it was active has no figures.
        FindingException.Unless(
            figures.RemainingBytes == remaining || figures.StartTimeNanoseconds is null, "what remains is what has not come",
            $"{figures.RemainingBytes} of {total}");
    }

    /// <summary>The return path has whole messages, and SHUT once, last, with the outcome.</summary>
    /// <param name="log">What was sent back on the main channel.</param>
    public void JudgeAnswers(AnswerLog log)
    {
        ReadOnlySpan<byte> answers = log.Bytes;
        if (answers.IsEmpty || !log.IsWhole)
            return;
        ReturnPathMessageType type = ReturnPathMessageType.Invalid;
        uint value = 0;
        while (!answers.IsEmpty)
        {
            FindingException.Unless(
                type != ReturnPathMessageType.Shut, "nothing follows SHUT on the return path", $"{answers.Length} bytes");
            DecodeStatus status = ReturnPathMessage.TryRead(answers, out ReturnPathMessage message, out int consumed);
            FindingException.Unless(status == DecodeStatus.Done, "the return path has whole messages", $"{status}");
            (type, value) = (message.Type, message.Value);
            answers = answers[consumed..];
        }
        uint outcome = Migration.State.Error is null ? 0u : 1u;
        bool isPaused = Migration.State.Status == MigrationStatus.PostcopyPaused;
        FindingException.Unless(
            isPaused || (type == ReturnPathMessageType.Shut && value == outcome), "the source learns the outcome", $"{type} {value}");
    }

    private long ReceivedPages()
    {
        long pages = 0;
        foreach (RamBlock block in Memory.Blocks)
            pages += block.Received.Count();
        return pages;
    }
}
