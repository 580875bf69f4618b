using System.Buffers.Binary;
using Fuzzing.Engine.Coverage;
using Qemu.Migration.Destination;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Hosts;

/// <summary>
/// A multifd session in one input: how it is set up, then what comes on which connection, in the order of arrival:
/// <code>
/// u8 options: bits 0-1 channels less one, bits 2-3 compression (none, zlib, zstd, none), bit 4 flush after each section,
///             bits 5-6 how connections hand their bytes out (SessionDelivery), bit 7 memory is written through
/// { u8 bits 0-2 connection, bit 4 half a minute passes first, bit 5 a fifth of a second does, bit 7 it closes after this
///   u16 length   bytes }*
/// </code>
/// Connections are numbered 0 to 7; each begins with its first chunk. They come through a listener and its accept loop where bit 6 of the
/// first chunk's header is set, else each is handed over by itself. At the end of the input all close.
/// </summary>
internal class SessionScript
{
    /// <summary>Bytes before a chunk's content.</summary>
    public const int ChunkHeaderBytes = 3;

    /// <summary>Connections that a script can have.</summary>
    public const int Connections = 8;

    /// <summary>In the first chunk's header: connections come through a listener.</summary>
    public const int ListenerBit = 0x40;

    // As often as a session looks whether its source is still there; longer than it waits for a connection to say what it is.
    private static readonly TimeSpan ShortTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongTime = TimeSpan.FromSeconds(30);

    private const int InitialBytes = MultifdInitialPacket.SizeBytes;
    private const int Places = 1 + (int)PacketPlace.LaterPage;
    private readonly ScriptedChannel?[] _channels = new ScriptedChannel?[Connections];
    private readonly List<ScriptedChannel> _introduced = [];
    private SessionDelivery _delivery;
    private ScriptedChannel? _served;
    private ulong _met;

    /// <summary>Whether connections number 0 and up were opened.</summary>
    public IReadOnlyList<ScriptedChannel?> Channels => _channels;

    /// <summary>The connections in the order in which their first 64 bytes were there, or their end.</summary>
    public IReadOnlyList<ScriptedChannel> Introduced => _introduced;

    /// <summary>What was sent back on any of them.</summary>
    public AnswerLog Answers { get; } = new();

    /// <summary>
    /// Where one connection was left while another was served up to where, in sessions that fail and in those that come to their end:
    /// a packet inside which another's came is something new though every block has been passed.
    /// </summary>
    public StateCounters States { get; } = new("where one connection was left when another was served", 2 * Places * Places);

    /// <summary>Bytes on all connections.</summary>
    public long Bytes { get; private set; }

    /// <summary>Runs a script against a migration that has begun.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="delivery">How connections hand their bytes out.</param>
    /// <param name="script">The chunks.</param>
    public void Run(FuzzDestination destination, SessionDelivery delivery, ReadOnlySpan<byte> script)
    {
        _delivery = delivery;
        Array.Clear(_channels);
        _introduced.Clear();
        Answers.Reset();
        Bytes = 0;
        _served = null;
        _met = 0;
        if (!script.IsEmpty && (script[0] & ListenerBit) != 0 && ListensFirst)
            destination.Listen();
        while (script.Length >= ChunkHeaderBytes)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(script[1..]), script.Length - ChunkHeaderBytes);
            Deliver(destination, script[0], script.Slice(ChunkHeaderBytes, length));
            script = script[(ChunkHeaderBytes + length)..];
        }
        foreach (ScriptedChannel? channel in _channels)
        {
            if (channel is null)
                continue;
            channel.Close();
            Introduce(channel);
            destination.Drain();
        }

        // The task that watches the session ends with it, or keeps waiting.
        destination.Pass(ShortTime);
        TellStates(destination.Migration.State.Status == MigrationStatus.Completed);
    }

    /// <summary>Whether the listener bit makes the destination listen before anything comes.</summary>
    protected virtual bool ListensFirst => true;

    /// <summary>Does what a chunk says that is of no connection.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="header">The chunk's first byte, with the connection's number.</param>
    /// <param name="bytes">The chunk.</param>
    /// <returns>False where it is of a connection.</returns>
    protected virtual bool TryObey(FuzzDestination destination, int header, ReadOnlySpan<byte> bytes) => false;

    /// <summary>A peer connects.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="channel">The connection.</param>
    protected virtual void Connect(FuzzDestination destination, ScriptedChannel channel) => destination.Connect(channel);

    /// <summary>Where what is sent back on a connection is kept.</summary>
    /// <param name="number">The connection's number.</param>
    protected virtual AnswerLog AnswersOn(int number) => Answers;

    /// <summary>A connection has been served.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="number">The connection's number.</param>
    protected virtual void NoteServed(FuzzDestination destination, int number)
    {
    }

    private void Deliver(FuzzDestination destination, int header, ReadOnlySpan<byte> bytes)
    {
        if ((header & 0x10) != 0)
            destination.Pass(LongTime);
        if ((header & 0x20) != 0)
            destination.Pass(ShortTime);
        int number = header % Connections;
        if (TryObey(destination, header, bytes))
            return;
        if (_channels[number] is not { } channel)
        {
            _channels[number] = channel = new ScriptedChannel($"connection {number}", _delivery) { Answers = AnswersOn(number) };
            Connect(destination, channel);
        }
        channel.Deliver(bytes);
        Bytes += bytes.Length;
        if (channel.Delivered.Count >= InitialBytes)
            Introduce(channel);
        if ((header & 0x80) != 0)
        {
            channel.Close();
            Introduce(channel);
        }
        destination.Drain();
        NoteServed(destination, number);
        if (_served is not null && _served != channel)
            _met |= 1UL << ((Places * (int)_served.Place) + (int)channel.Place);
        _served = channel;
    }

    private void TellStates(bool isCompleted)
    {
        for (int state = 0; state < Places * Places; state++)
        {
            if ((_met >> state & 1) != 0)
                States.Meet(state + (isCompleted ? Places * Places : 0));
        }
    }

    private void Introduce(ScriptedChannel channel)
    {
        if (!_introduced.Contains(channel))
            _introduced.Add(channel);
    }
}
