using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using Qemu.Migration.Wire;

namespace Migration.Benchmarks;

/// <summary>
/// A source in postcopy behind a link of 100 us and 10 Gbit/s. It pushes the pages of the first three quarters of RAM in order. A page that
/// is asked for goes out when the link would have carried the request to the source and the page back.
/// </summary>
internal sealed class PostcopySource : IDisposable
{
    private const int PageBytes = 4096;
    private const int RecordBytes = RamFlags.HeaderBytes + PageBytes;
    private const int NamedRecordBytes = RecordBytes + 4;
    private const int PagesPerWrite = 16;
    private const double LinkBytesPerSecond = 1.25e9;
    private static readonly long s_roundTrip = Stopwatch.Frequency / 1_000_000 * 200;

    private static ReadOnlySpan<byte> Name => "\u0003ram"u8;

    private readonly Socket _main = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Socket? _urgent;
    private readonly Lock _mainLock = new();
    private readonly Thread _answering;
    private readonly Thread _pushing;
    private readonly byte[] _received = new byte[64 << 10];
    private int _receivedBytes;
    private volatile bool _isAsked;
    private volatile bool _isOver;

    /// <summary>Brings the guest over, and begins to send.</summary>
    /// <param name="path">Where the destination listens.</param>
    /// <param name="ramBytes">Bytes of its one block.</param>
    /// <param name="preempt">Whether urgent pages have a connection of their own.</param>
    public PostcopySource(string path, long ramBytes, bool preempt)
    {
        UnixDomainSocketEndPoint destination = new(path);
        FirstTouchedByte = ramBytes / 4 * 3;
        _main.Connect(destination);
        _main.Send(PostcopyBytes.Opening);
        Await(ReturnPathMessageType.Pong, 1);
        if (preempt)
        {
            _urgent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _urgent.Connect(destination);
        }
        // Whoever continues the block of the record before means this one.
        byte[] first = new byte[NamedRecordBytes];
        WriteNamed(first, 0);
        _main.Send([.. PostcopyBytes.Switchover(ramBytes), .. PostcopyBytes.Part, .. first]);
        Await(ReturnPathMessageType.Pong, 4);
        _answering = new(Answer);
        _pushing = new(Push);
        _answering.Start();
    }

    /// <summary>From here on pages come only where they are asked for.</summary>
    public long FirstTouchedByte { get; }

    /// <summary>Whether there are more pages in the way.</summary>
    public bool IsPushing => _pushing.IsAlive;

    /// <summary>Begins to send what nobody asks for.</summary>
    public void StartPushing() => _pushing.Start();

    private void Push()
    {
        Nap.BePunctual();
        byte[] records = new byte[RecordBytes * PagesPerWrite];
        records.AsSpan().Fill(1);
        long started = Stopwatch.GetTimestamp();
        for (long offset = PageBytes, sent = 0; offset + (PagesPerWrite * PageBytes) <= FirstTouchedByte && !_isOver; sent += records.Length)
        {
            for (int i = 0; i < PagesPerWrite; i++, offset += PageBytes)
                BinaryPrimitives.WriteUInt64BigEndian(records.AsSpan(i * RecordBytes), (ulong)offset | RamFlags.Page | RamFlags.Continue);
            Nap.Until(started + (long)(sent / LinkBytesPerSecond * Stopwatch.Frequency));
            while (_isAsked)
                Nap.Microseconds(1);
            lock (_mainLock)
                Send(_main, records);
        }
    }

    private void Answer()
    {
        Nap.BePunctual();
        byte[] record = new byte[NamedRecordBytes];
        // A QEMU may ask again while it waits, and takes no page twice.
        HashSet<ulong> sent = [];
        while (TryReceive(out ReturnPathMessage message))
        {
            if (message.Type is not (ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId) || !sent.Add(message.Start))
                continue;
            Nap.Until(Stopwatch.GetTimestamp() + s_roundTrip);
            WriteNamed(record, message.Start);
            if (_urgent is not null)
            {
                Send(_urgent, record);
                continue;
            }
            // As in a source, what is asked for goes before what is not.
            _isAsked = true;
            lock (_mainLock)
                Send(_main, record);
            _isAsked = false;
        }
    }

    private static void WriteNamed(Span<byte> to, ulong offset)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, offset | RamFlags.Page);
        Name.CopyTo(to[RamFlags.HeaderBytes..]);
        to[(RamFlags.HeaderBytes + Name.Length)..].Fill(2);
    }

    private void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
                bytes = bytes[socket.Send(bytes)..];
        }
        catch (SocketException) when (_isOver)
        {
            // The measurement has ended.
        }
    }

    private void Await(ReturnPathMessageType type, uint value)
    {
        while (TryReceive(out ReturnPathMessage message))
        {
            if (message.Type == type && message.Value == value)
                return;
        }
        throw new IOException("the destination closed its connection");
    }

    private bool TryReceive(out ReturnPathMessage message)
    {
        int consumed;
        while (ReturnPathMessage.TryRead(_received.AsSpan(0, _receivedBytes), out message, out consumed) != DecodeStatus.Done)
        {
            int count = Receive();
            if (count == 0)
                return false;
            _receivedBytes += count;
        }
        _receivedBytes -= consumed;
        _received.AsSpan(consumed, _receivedBytes).CopyTo(_received);
        return true;
    }

    private int Receive()
    {
        try
        {
            return _main.Receive(_received.AsSpan(_receivedBytes));
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        _main.Shutdown(SocketShutdown.Both);
        _answering.Join();
        if (_pushing.ThreadState != System.Threading.ThreadState.Unstarted)
            _pushing.Join();
        _main.Dispose();
        _urgent?.Dispose();
    }
}
