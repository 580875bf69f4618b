using Qemu.Migration.Wire;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;

namespace Simulation.Source.Hosting;

/// <summary>
/// Has a source write its whole stream at once, for a corpus or a test: a link of constant speed and a destination that agrees
/// with everything. Reusable; the bytes are those of the last recording.
/// </summary>
public sealed class StreamRecorder
{
    private readonly List<ByteLog> _logs = [];
    private readonly ByteLog _preempt = new();

    private const uint PackageLoaded = 0x42;

    /// <summary>Speed of the link in bytes per second; time passes by what is sent.</summary>
    public long LinkBytesPerSecond { get; init; } = 1L << 30;

    /// <summary>The main channel's bytes; without meaning for mapped-ram, which writes to its file.</summary>
    public ReadOnlyMemory<byte> Main => _logs[0].Content;

    /// <summary>The preempt channel's bytes, of a source that has one.</summary>
    public ReadOnlyMemory<byte> Preempt => _preempt.Content;

    /// <summary>Called behind each step, with what it wrote already kept: a destination that asks for pages, for instance.</summary>
    public Action<MigrationSource>? OnStep { get; set; }

    /// <summary>The bytes of a multifd channel.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>All it sent.</returns>
    public ReadOnlyMemory<byte> Channel(int id) => _logs[1 + id].Content;

    /// <summary>Migrates.</summary>
    /// <param name="source">The source, not started; its <see cref="MigrationSource.Now"/> is where time begins.</param>
    /// <returns>Its final figures.</returns>
    public SourceStatistics Record(MigrationSource source)
    {
        while (_logs.Count <= source.Channels.Count)
            _logs.Add(new ByteLog());
        foreach (ByteLog log in _logs)
            log.Clear();
        _preempt.Clear();
        long sent = 0;
        while (source.MoveNext())
        {
            Drain(source.Main, _logs[0]);
            for (int i = 0; i < source.Channels.Count; i++)
                Drain(source.Channels[i].Output, _logs[1 + i]);
            if (source.WantsPreempt)
                source.PreemptConnected(log: null);
            while (source.Preempt is not null && source.TryWriteUrgent())
                Drain(source.Preempt, _preempt);
            source.Now += (long)((Int128)(source.TransferredBytes - sent) * 1_000_000_000 / LinkBytesPerSecond);
            sent = source.TransferredBytes;
            OnStep?.Invoke(source);
            Agree(source);
        }
        return source.Statistics;
    }

    private static void Drain(StreamBuffer output, ByteLog log)
    {
        log.Append(output.Pending.Span);
        output.Drain();
    }

    private static void Agree(MigrationSource source)
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
    }

    private static void Answer(MigrationSource source, SourceStep step)
    {
        if (source.Status == SourceStatus.PostcopyDevice)
            source.Receive(ReturnPathMessageType.Pong, PackageLoaded);
        if (source.IsInPostcopy && step.UntilNanoseconds != long.MaxValue)
            source.Now = Math.Max(source.Now, step.UntilNanoseconds);
        else if (source.IsInPostcopy || source.Status == SourceStatus.Device)
            source.Receive(ReturnPathMessageType.Shut, 0);
        else if (step.UntilNanoseconds == long.MaxValue)
            source.Receive(ReturnPathMessageType.Pong, 1);
        else
            source.Receive(ReturnPathMessageType.SwitchoverAck, 0);
    }

    private sealed class ByteLog
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
