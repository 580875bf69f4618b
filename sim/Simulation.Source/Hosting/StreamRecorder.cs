using System.Globalization;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Hosting;

/// <summary>
/// Has a source write its whole stream at once, for a corpus or a test: a link of constant speed and a destination that agrees
/// with everything. Reusable; the bytes are those of the last recording.
/// </summary>
public sealed class StreamRecorder
{
    private const uint PackageLoaded = 0x42;

    private readonly List<GrowingBytes> _storage = [];
    private readonly List<(string Name, int Leg, GrowingBytes Bytes)> _connections = [];
    private readonly List<RecordedStep> _log = [];
    private int _leg;
    private int _main;
    private int? _preempt;
    private int? _lost;
    private bool _isConnected;
    private bool _areBitmapsDue;

    /// <summary>Speed of the link in bytes per second; time passes by what is sent.</summary>
    public long LinkBytesPerSecond { get; init; } = 1L << 30;

    /// <summary>The main channel's bytes; without meaning for mapped-ram, which writes to its file.</summary>
    public ReadOnlyMemory<byte> Main => _connections[0].Bytes.Content;

    /// <summary>The bytes of the last preempt channel, of a source that has one.</summary>
    public ReadOnlyMemory<byte> Preempt => Connections.LastOrDefault(connection => connection.IsUrgent)?.Bytes ?? default;

    /// <summary>All connections in the order in which they are made: main, multifd channels, then those of postcopy.</summary>
    public IReadOnlyList<RecordedConnection> Connections =>
        [.. _connections.Select(connection => new RecordedConnection(connection.Name, connection.Leg, connection.Bytes.Content))];

    /// <summary>What the source does, in order. Between main and the preempt channel each change from one to the other has its place; what
    /// main and the multifd channels send beside each other is one step of each.</summary>
    public IReadOnlyList<RecordedStep> Log => _log;

    /// <summary>Called behind each step, with what it wrote already kept: a destination that asks for pages, for instance.</summary>
    public Action<MigrationSource>? OnStep { get; set; }

    /// <summary>How many bytes go out on a connection before it is lost, by its name; null for all. Null where none is lost.</summary>
    public Func<string, long?>? LostBehind { get; set; }

    /// <summary>What the destination has received of a block, as RECV_BITMAP says it. Where it is set a source that has lost its connections
    /// in postcopy recovers; else the recording ends there.</summary>
    public Func<GuestBlock, ReadOnlyMemory<byte>>? ReceivedOf { get; set; }

    /// <summary>The bytes of a multifd channel.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>All it sent.</returns>
    public ReadOnlyMemory<byte> Channel(int id) => _connections[1 + id].Bytes.Content;

    /// <summary>Migrates.</summary>
    /// <param name="source">The source, not started; its <see cref="MigrationSource.Now"/> is where time begins.</param>
    /// <returns>Its final figures.</returns>
    public SourceStatistics Record(MigrationSource source)
    {
        Begin(source);
        long sent = 0;
        while (source.MoveNext())
        {
            Drain(source.Main, _main);
            for (int i = 0; i < source.Channels.Count; i++)
                Drain(source.Channels[i].Output, 1 + i);
            if (_lost is null && source.WantsPreempt)
                ConnectPreempt(source);
            while (_lost is null && _preempt is { } preempt && source.TryWriteUrgent())
                Drain(source.Preempt!, preempt);
            source.Now += (long)((Int128)(source.TransferredBytes - sent) * 1_000_000_000 / LinkBytesPerSecond);
            sent = source.TransferredBytes;
            if (_lost is { } lost)
            {
                Lose(source, lost);
                continue;
            }
            OnStep?.Invoke(source);
            if (source.Current.Wait == SourceWait.Recovery && ReceivedOf is null)
                break;
            Agree(source);
        }
        EndLeg();
        return source.Statistics;
    }

    private void Begin(MigrationSource source)
    {
        _connections.Clear();
        _log.Clear();
        (_leg, _preempt, _lost, _isConnected, _areBitmapsDue) = (0, null, null, true, false);
        _main = Connect("main");
        for (int i = 0; i < source.Channels.Count; i++)
            Connect(string.Create(CultureInfo.InvariantCulture, $"multifd/{i}"));
    }

    private int Connect(string name)
    {
        int number = _connections.Count;
        if (number == _storage.Count)
            _storage.Add(new GrowingBytes());
        _storage[number].Clear();
        _connections.Add((name, _leg, _storage[number]));
        _log.Add(new(number, RecordedAction.Connects));
        return number;
    }

    private void ConnectPreempt(MigrationSource source)
    {
        _preempt = Connect(string.Create(CultureInfo.InvariantCulture, $"preempt/{_leg}"));
        source.PreemptConnected(log: null);
    }

    private void Drain(StreamBuffer output, int connection)
    {
        (string name, _, GrowingBytes bytes) = _connections[connection];
        ReadOnlySpan<byte> pending = output.Pending.Span;
        if (!_isConnected)
            return;
        if (LostBehind?.Invoke(name) is { } most && bytes.Content.Length + pending.Length >= most)
        {
            pending = pending[..(int)Math.Max(0, most - bytes.Content.Length)];
            _lost ??= connection;
        }
        bytes.Append(pending);
        output.Drain();
        if (!pending.IsEmpty)
            Note(connection, pending.Length);
    }

    // The order of main and the preempt channel says which of two pages comes first.
    private void Note(int connection, int bytes)
    {
        int last = _preempt is null
            ? _log.FindLastIndex(step => step.Connection == connection && step.Action == RecordedAction.Sends)
            : _log[^1].Connection == connection && _log[^1].Action == RecordedAction.Sends ? _log.Count - 1 : -1;
        if (last < 0)
            _log.Add(new(connection, RecordedAction.Sends, bytes));
        else
            _log[last] = _log[last] with { Bytes = _log[last].Bytes + bytes };
    }

    private void Lose(MigrationSource source, int connection)
    {
        _log.Add(new(connection, RecordedAction.Ends));
        EndLeg();
        (_lost, _isConnected) = (null, false);
        source.Fail("the connection was lost");
    }

    private void EndLeg()
    {
        for (int i = 0; i < _connections.Count; i++)
        {
            if (_connections[i].Leg == _leg && !_log.Contains(new(i, RecordedAction.Ends)))
                _log.Add(new(i, RecordedAction.Ends));
        }
        _preempt = null;
    }

    private void Agree(MigrationSource source)
    {
        SourceStep step = source.Current;
        if (step.Wait == SourceWait.Time)
        {
            source.Now = Math.Max(source.Now, step.UntilNanoseconds);

            // A link that is too slow for the synchronisation of many channels never lets it wait for the destination alone.
            if (source.WantsSwitchoverAck)
                source.Receive(ReturnPathMessageType.SwitchoverAck, 0);
        }
        else if (step.Wait == SourceWait.ReturnPath)
            Answer(source, step);
        else if (step.Wait == SourceWait.Recovery)
            Recover(source);
    }

    private void Recover(MigrationSource source)
    {
        source.TryBeginRecovery();
        _leg++;
        _main = Connect(string.Create(CultureInfo.InvariantCulture, $"recovery/{_leg}"));
        (_isConnected, _areBitmapsDue) = (true, true);
        source.Reconnected(log: null);
    }

    private void Answer(MigrationSource source, SourceStep step)
    {
        if (source.Status == SourceStatus.PostcopyDevice)
            source.Receive(ReturnPathMessageType.Pong, PackageLoaded);
        if (source.Status == SourceStatus.PostcopyRecover)
            AnswerRecovery(source);
        else if (source.IsInPostcopy && step.UntilNanoseconds != long.MaxValue)
            source.Now = Math.Max(source.Now, step.UntilNanoseconds);
        else if (source.IsInPostcopy || source.Status == SourceStatus.Device)
            source.Receive(ReturnPathMessageType.Shut, 0);
        else if (step.UntilNanoseconds == long.MaxValue)
            source.Receive(ReturnPathMessageType.Pong, 1);
        else
            source.Receive(ReturnPathMessageType.SwitchoverAck, 0);
    }

    private void AnswerRecovery(MigrationSource source)
    {
        if (!_areBitmapsDue)
        {
            source.Receive(ReturnPathMessageType.ResumeAck, 1);
            return;
        }
        _areBitmapsDue = false;
        foreach (GuestBlock block in source.Blocks)
            source.ReceiveBitmap(Encoding.ASCII.GetBytes(block.Name), ReceivedOf!(block).Span);
    }

    private sealed class GrowingBytes
    {
        // What a long recording needed beyond goes with the next one.
        private const int KeptBytes = 4 << 20;

        private byte[] _bytes = [];
        private int _count;

        public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _count);

        public void Clear()
        {
            _count = 0;
            if (_bytes.Length > KeptBytes)
                _bytes = new byte[KeptBytes];
        }

        public void Append(ReadOnlySpan<byte> content)
        {
            if (_bytes.Length - _count < content.Length)
                Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _count + content.Length));
            content.CopyTo(_bytes.AsSpan(_count));
            _count += content.Length;
        }
    }
}
