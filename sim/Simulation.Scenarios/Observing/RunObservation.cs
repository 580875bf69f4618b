using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;
using Simulation.Engine.Choices;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Oracle;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Observing;

/// <summary>
/// What was seen of one run: what everybody said and when, and how everything stood at the end. The checks judge this and nothing
/// else. Belongs to its runner, which uses it again for the next run.
/// </summary>
public sealed class RunObservation
{
    private readonly List<ReceivedStream> _streams = [];
    private readonly Stack<ReceivedStream> _unused = [];
    private int _order;
    private int _recognized;

    /// <summary>The scenario.</summary>
    public ScenarioOptions Options { get; private set; } = null!;

    /// <summary>The size of the machine's pages in bytes.</summary>
    public int PageBytes => Options.Machine.PageBytes;

    /// <summary>Changes of the incoming state.</summary>
    public List<StatusChange> Statuses { get; } = [];

    /// <summary>Changes of the guest's run state at the destination.</summary>
    public List<RunStateChange> RunStates { get; } = [];

    /// <summary>When the guest was stopped at the source, and went on there.</summary>
    public List<SourceGuestChange> SourceGuest { get; } = [];

    /// <summary>Messages on the return path, as the destination sent them.</summary>
    public List<ReturnMessage> ReturnPath { get; } = [];

    /// <summary>The sessions of the monitor: the first is that of who manages the migration.</summary>
    public List<MonitorSession> Sessions { get; } = [];

    /// <summary>What the monitor's clients sent, of all sessions, in the order in which the host read it.</summary>
    public List<MonitorExchange> Commands { get; } = [];

    /// <summary>Place among all observations of the run at which the host began to end; the highest number when it did not.</summary>
    public int LeavesOrder { get; set; }

    /// <summary>The wall clock at that moment, where <c>quit</c> was the reason, in microseconds since 1970; null otherwise.</summary>
    public long? QuitMicroseconds { get; set; }

    /// <summary>Virtual time at which the host began to end; null when it did not.</summary>
    public long? LeavesNanoseconds { get; set; }

    /// <summary>Virtual time at the end of the run.</summary>
    public long EndNanoseconds { get; set; }

    /// <summary>File descriptors that the host has received from monitors.</summary>
    public List<int> ReceivedDescriptors { get; } = [];

    /// <summary>File descriptors that the host has closed.</summary>
    public List<int> ClosedDescriptors { get; } = [];

    /// <summary>Replies to <c>query-migrate</c>.</summary>
    public List<QueryReply> Queries { get; } = [];

    /// <summary>A hash of every line that the monitor heard.</summary>
    public ulong RepliesHash { get; private set; }

    /// <summary>Names of connections that the destination refused.</summary>
    public List<string> Refused { get; } = [];

    /// <summary>What the destination found odd.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The connections as the destination read them, in the order in which they came; a file is one.</summary>
    public IReadOnlyList<ReceivedStream> Streams => _streams;

    /// <summary>The main channel among them, by its first bytes; null when none came.</summary>
    public ReceivedStream? Main { get; private set; }

    /// <summary>The multifd channels among them, in the order in which they were recognized.</summary>
    public List<ReceivedStream> Channels { get; } = [];

    /// <summary>The main channels of recoveries among them, in the order in which they were recognized.</summary>
    public List<ReceivedStream> Recoveries { get; } = [];

    /// <summary>The channels for urgent pages among them, likewise.</summary>
    public List<ReceivedStream> PreemptChannels { get; } = [];

    /// <summary>What the guest's virtual CPUs did at the destination, in the order in which it began.</summary>
    public List<GuestAccess> Accesses { get; } = [];

    /// <summary>The virtual CPUs that were started there, in that order.</summary>
    public List<int> StartedCpus { get; } = [];

    /// <summary>Changes of the source's state.</summary>
    public List<SourceStatusChange> SourceStatuses { get; } = [];

    /// <summary>What became of the source's pages; empty without postcopy.</summary>
    public PostcopyLog SourcePages { get; } = new();

    /// <summary>Where the last <c>migrate-recover</c> has the destination listen; null before the first.</summary>
    public string? RecoveryAddress { get; set; }

    /// <summary>Virtual time at which SWITCHOVER_START was read; null when it was not.</summary>
    public long? SwitchoverNanoseconds { get; set; }

    /// <summary>What the destination's code threw, type and message; null as it must be.</summary>
    public string? Thrown { get; set; }

    /// <summary>How often each place where tasks meet was passed.</summary>
    public SiteCounts Sites { get; } = new();

    /// <summary>Bytes of guest memory that the destination asked for.</summary>
    public long MappedBytes { get; set; }

    /// <summary>Reads straight into guest memory.</summary>
    public int ReadsInPlace { get; set; }

    /// <summary>The status at the end.</summary>
    public MigrationStatus FinalStatus { get; set; }

    /// <summary>The figures at the end.</summary>
    public MigrationStatistics FinalStatistics { get; set; } = MigrationStatistics.Empty;

    /// <summary>Why the migration failed, or null.</summary>
    public StreamError? Error { get; set; }

    /// <summary>The guest's run state at the destination at the end.</summary>
    public RunState FinalRunState { get; set; }

    /// <summary>The destination's guest memory at the end.</summary>
    public GuestMemory? Memory { get; set; }

    /// <summary>The source's guest memory at the end, which is that at switchover.</summary>
    public GuestRam? SourceRam { get; set; }

    /// <summary>The source's figures at the end.</summary>
    public SourceStatistics Source { get; set; } = new();

    /// <summary>Whether the source has ended: closed its channels and given up.</summary>
    public bool SourceIsDone { get; set; }

    /// <summary>Whether the source came before anybody listened, and came again.</summary>
    public bool SourceCameEarly { get; set; }

    /// <summary>Whether each of <see cref="ScenarioOptions.Deviations"/> took effect; empty when the source never started.</summary>
    public IReadOnlyList<bool> AppliedDeviations { get; set; } = [];

    /// <summary>What was done to connections.</summary>
    public List<(string Connection, Damage Damage)> Damage { get; } = [];

    /// <summary>What the oracle makes of the bytes.</summary>
    public OracleVerdict? Oracle { get; set; }

    /// <summary>How the run ended.</summary>
    public RunReport? Report { get; set; }

    /// <summary>How many logical tasks the destination's side had.</summary>
    public int TaskCount { get; set; }

    /// <summary>Whether source and connections were honest: no byte was changed, in a file neither, and the source kept to the
    /// format. What completed must then be what the source had.</summary>
    public bool IsClean => !AppliedDeviations.Contains(true) && !FileIsDamaged
        && !Damage.Exists(done => done.Damage.Kind == DamageKind.Corrupted);

    /// <summary>Whether the file is not what the source wrote: a byte was changed, or it ends early.</summary>
    public bool FileIsDamaged { get; set; }

    /// <summary>Whether a connection ended before its end. What comes last, the description of the machine, may be cut off without harm
    /// to anything but the count of bytes.</summary>
    public bool IsCut => Damage.Exists(done => done.Damage.Kind is DamageKind.Truncated or DamageKind.Reset);

    /// <summary>Whether bytes of the source arrived as others.</summary>
    public bool IsMisled => Damage.Exists(done => done.Damage is { Kind: DamageKind.Corrupted, Direction: Direction.ClientToServer });

    /// <summary>Whether its connections were lost in postcopy, or ended by an order.</summary>
    public bool WasPaused => Statuses.Exists(change => change.To == MigrationStatus.PostcopyPaused);

    /// <summary>The main channel, and those of its recoveries.</summary>
    public IEnumerable<ReceivedStream> MainStreams => Main is { } main ? Recoveries.Prepend(main) : Recoveries;

    /// <summary>The main channel that is in use, or was last.</summary>
    public ReceivedStream? LastMain => Recoveries.Count > 0 ? Recoveries[^1] : Main;

    /// <summary>When the migration came to its end; null when it did not.</summary>
    public StatusChange? End => Statuses.Count > 0 && Statuses[^1].To.IsTerminal() ? Statuses[^1] : null;

    /// <summary>When the migration became active; null when it did not.</summary>
    public StatusChange? Activation => Find(MigrationStatus.Active);

    /// <summary>When the last <c>migrate-incoming</c> took effect; null when none did.</summary>
    public StatusChange? Setup => Find(MigrationStatus.Setup);

    /// <summary>Starts again for another run.</summary>
    /// <param name="options">Its scenario.</param>
    public void Reset(ScenarioOptions options)
    {
        Options = options;
        Statuses.Clear();
        RunStates.Clear();
        SourceGuest.Clear();
        ReturnPath.Clear();
        Sessions.Clear();
        Commands.Clear();
        LeavesOrder = int.MaxValue;
        LeavesNanoseconds = QuitMicroseconds = null;
        EndNanoseconds = 0;
        ReceivedDescriptors.Clear();
        ClosedDescriptors.Clear();
        Queries.Clear();
        Refused.Clear();
        Warnings.Clear();
        Channels.Clear();
        Recoveries.Clear();
        PreemptChannels.Clear();
        Accesses.Clear();
        StartedCpus.Clear();
        SourceStatuses.Clear();
        SourcePages.Clear();
        RecoveryAddress = null;
        Damage.Clear();
        Sites.Clear();
        foreach (ReceivedStream stream in _streams)
            _unused.Push(stream);
        _streams.Clear();
        _order = _recognized = 0;
        RepliesHash = 0;
        Main = null;
        SwitchoverNanoseconds = null;
        Thrown = null;
        MappedBytes = 0;
        ReadsInPlace = 0;
        FinalStatus = MigrationStatus.None;
        FinalStatistics = MigrationStatistics.Empty;
        Error = null;
        FinalRunState = RunState.InMigrate;
        Memory = null;
        SourceRam = null;
        Source = new();
        SourceIsDone = SourceCameEarly = FileIsDamaged = false;
        AppliedDeviations = [];
        Oracle = null;
        Report = null;
        TaskCount = 0;
    }

    /// <summary>How many bytes of each connection have been read by now.</summary>
    public ReadCounts CountReadBytes()
    {
        long[] counts = new long[_streams.Count];
        for (int i = 0; i < counts.Length; i++)
            counts[i] = _streams[i].Count;
        return new(counts);
    }

    /// <summary>The replies to <c>query-migrate</c>, and the figures at the end of a migration that was active and has ended.</summary>
    public IEnumerable<QueryReply> QueriesAndEnd()
    {
        foreach (QueryReply query in Queries)
            yield return query;
        if (End is { } end && Activation is not null)
        {
            yield return new()
            {
                Order = end.Order,
                TimeNanoseconds = end.TimeNanoseconds,
                Status = FinalStatus.ToQapi(),
                Ram = RamFigures.Of(FinalStatistics),
                Read = CountReadBytes(),
            };
        }
    }

    /// <summary>The place of the next observation.</summary>
    /// <returns>0 for the first.</returns>
    public int NextOrder() => _order++;

    /// <summary>Notes that the host has read more of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="readBytes">How many bytes it has read by now.</param>
    /// <param name="nowNanoseconds">Virtual time.</param>
    public void NoteRead(MonitorSession session, long readBytes, long nowNanoseconds)
    {
        ArgumentNullException.ThrowIfNull(session);
        int first = _order;
        while (session.TakeRead(readBytes) is { } exchange)
        {
            exchange.Order = NextOrder();
            exchange.ReadOrder = first;
            exchange.ReadNanoseconds = nowNanoseconds;
            Commands.Add(exchange);
            if (exchange.Command == MonitorCommand.QueryMigrate)
            {
                exchange.Query = new QueryReply
                {
                    Order = exchange.Order,
                    TimeNanoseconds = nowNanoseconds,
                    Read = CountReadBytes(),
                };
            }
        }
    }

    /// <summary>Calls the destination. What it throws is a finding, not a crash of the harness.</summary>
    /// <param name="call">The call.</param>
    public void Watch(Action call)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            call();
        }
        catch (Exception thrown) when (thrown is not Engine.HarnessException)
        {
            NoteThrown(thrown);
        }
    }

    /// <summary>Notes what the destination's code threw; the first counts.</summary>
    /// <param name="thrown">The exception.</param>
    public void NoteThrown(Exception thrown) => Thrown ??= $"{thrown.GetType().Name}: {thrown.Message}";

    /// <summary>Notes a line of the QMP session.</summary>
    /// <param name="line">The line, whole.</param>
    public void NoteLine(ReadOnlySpan<byte> line) => RepliesHash = StableHash.Combine(RepliesHash, StableHash.OfBytes(line));

    /// <summary>Opens the record of a connection.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The record.</returns>
    public ReceivedStream OpenStream(string name)
    {
        ReceivedStream stream = _unused.TryPop(out ReceivedStream? used) ? used : new ReceivedStream();
        stream.Reset(name, _streams.Count);
        stream.IsLate = End is not null;
        _streams.Add(stream);
        return stream;
    }

    /// <summary>Notes that a connection has become known by its first four bytes.</summary>
    /// <param name="stream">Its record.</param>
    /// <param name="role">What it is.</param>
    public void Recognize(ReceivedStream stream, ConnectionRole role)
    {
        stream.RecognizedAs = _recognized++;
        stream.Role = role;
        if (role == ConnectionRole.Main)
            Main ??= stream;
        else if (role == ConnectionRole.Multifd)
            Channels.Add(stream);
        else if (role == ConnectionRole.Recovery)
            Recoveries.Add(stream);
        else if (role == ConnectionRole.Preempt)
            PreemptChannels.Add(stream);
    }

    /// <summary>Notes that the destination has turned a connection away: it is no part of the migration, whatever it looked like. But a
    /// recovery that was answered is: it did not resume in time.</summary>
    /// <param name="name">Its name.</param>
    public void Refuse(string name)
    {
        Refused.Add(name);
        Channels.RemoveAll(channel => channel.Name == name);
        Recoveries.RemoveAll(channel => channel.Name == name && channel.Sent.IsEmpty);
        PreemptChannels.RemoveAll(channel => channel.Name == name);
        if (Main?.Name == name && Activation is null)
            Main = Streams.FirstOrDefault(stream => stream.Role == ConnectionRole.Main && !Refused.Contains(stream.Name));
    }

    private StatusChange? Find(MigrationStatus status)
    {
        for (int i = Statuses.Count - 1; i >= 0; i--)
        {
            if (Statuses[i].To == status)
                return Statuses[i];
        }

        return null;
    }
}
