using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Source.Guest;

namespace Source.Tests;

/// <summary>
/// A destination that does only what the protocol asks of it, of a machine as <c>SourceMachine.None</c>: takes pages, answers, asks for
/// the pages that a test wants, says in a recovery what it has. It shares no code with the real one.
/// </summary>
internal sealed class ScriptedDestination(IReadOnlyList<GuestBlock> blocks)
{
    private readonly Dictionary<string, byte[]> _ram = blocks.ToDictionary(block => block.Name, block => new byte[block.Layout.LengthBytes]);
    private readonly Dictionary<string, bool[]> _received = blocks.ToDictionary(block => block.Name, block => new bool[block.PageCount]);
    private readonly List<(string Block, int Page)> _wanted = [];
    private Endpoint? _main;

    /// <summary>Whether RUN has come.</summary>
    public bool HasRun { get; private set; }

    /// <summary>Whether EOF has come.</summary>
    public bool HasCompleted { get; private set; }

    /// <summary>Pages in the order of their arrival, and whether on the preempt channel.</summary>
    public List<(string Block, int Page, bool Urgent)> Arrived { get; } = [];

    /// <summary>Ranges of each RAM_DISCARD.</summary>
    public List<int> Discards { get; } = [];

    /// <summary>Does without the answer to a PING.</summary>
    public uint? SilentPing { get; set; }

    /// <summary>Called when RUN has come.</summary>
    public Func<Task>? OnRun { get; set; }

    public byte[] Ram(string block) => _ram[block];

    public bool Has(string block, int page) => _received[block][page];

    /// <summary>Asks for a page, if it is missing.</summary>
    public async Task TouchAsync(string block, int page)
    {
        if (_received[block][page])
            return;
        _wanted.Add((block, page));
        await RequestAsync(block, page);
    }

    /// <summary>Takes a whole connection, with header or in a recovery without.</summary>
    public async Task ServeMainAsync(Endpoint end, bool isRecovery)
    {
        _main = end;
        PeerReader reader = new(end);
        try
        {
            if (!isRecovery)
            {
                await reader.ReadAsync(FileHeader.SizeBytes + 1);
                await reader.ReadAsync((int)await reader.UInt32Async());
            }

            while (await SectionAsync(reader))
                continue;
            HasCompleted = true;
            await SendAsync(new(ReturnPathMessageType.Shut));
            end.CloseWrite();
        }
        catch (Exception broken) when (broken is IOException or EndOfStreamException)
        {
            // It was cut by the test, or the source has gone.
            end.Shutdown();
        }
    }

    /// <summary>Takes a preempt channel, to its end.</summary>
    public async Task ServePreemptAsync(Endpoint end)
    {
        PeerReader reader = new(end);
        try
        {
            while (await RecordAsync(reader, isUrgent: true))
                continue;
        }
        catch (Exception broken) when (broken is IOException or EndOfStreamException)
        {
            // It ends as a channel does.
        }
    }

    /// <summary>Sends a message of the return path.</summary>
    public Task SendAsync(ReturnPathMessage message)
    {
        byte[] bytes = new byte[ReturnPathMessage.LongestBytes];
        return WriteAsync(bytes.AsMemory(0, message.Write(bytes)));
    }

    /// <summary>Sends any bytes on the return path.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes) => await _main!.WriteAsync(bytes);

    private Task RequestAsync(string block, int page) => SendAsync(new(
        ReturnPathMessageType.RequestPagesId, GuestRam.UsualPageBytes, (ulong)page * GuestRam.UsualPageBytes, Encoding.ASCII.GetBytes(block)));

    private async Task<bool> SectionAsync(PeerReader reader)
    {
        SectionType type = (SectionType)await reader.ByteAsync();
        switch (type)
        {
            case SectionType.Eof:
                return false;
            case SectionType.Command:
                await CommandAsync(reader);
                return true;
            case SectionType.Full:
                await reader.ReadAsync(4);
                string name = await reader.TextAsync();
                await reader.ReadAsync(8 + (name == "timer" ? 24 : 104) + 5);
                return true;
            case SectionType.Start:
                await reader.ReadAsync(4);
                await reader.TextAsync();
                await reader.ReadAsync(8);
                break;
            default:
                await reader.ReadAsync(4);
                break;
        }

        while (await RecordAsync(reader, isUrgent: false))
            continue;
        await reader.ReadAsync(5);
        return true;
    }

    private async Task CommandAsync(PeerReader reader)
    {
        CommandType command = (CommandType)await reader.UInt16Async();
        byte[] payload = await reader.ReadAsync(await reader.UInt16Async());
        switch (command)
        {
            case CommandType.Ping:
                uint value = BinaryPrimitives.ReadUInt32BigEndian(payload);
                if (value != SilentPing)
                    await SendAsync(new(ReturnPathMessageType.Pong, value));
                break;
            case CommandType.PostcopyRamDiscard:
                Discard(payload);
                break;
            case CommandType.PostcopyRun:
                HasRun = true;
                if (OnRun is { } run)
                    await run();
                break;
            case CommandType.RecvBitmap:
                await AnswerBitmapAsync(Encoding.ASCII.GetString(payload.AsSpan(1)));
                break;
            case CommandType.PostcopyResume:
                await SendAsync(new(ReturnPathMessageType.ResumeAck, 1));
                foreach ((string block, int page) in _wanted.Where(wanted => !Has(wanted.Block, wanted.Page)))
                    await RequestAsync(block, page);
                break;
        }
    }

    private void Discard(byte[] payload)
    {
        Assert.Equal(DecodeStatus.Done, RamDiscard.TryRead(payload, payload.Length, out RamDiscard discard, out _));
        string block = Encoding.ASCII.GetString(discard.Block);
        Discards.Add(discard.Count);
        for (int i = 0; i < discard.Count; i++)
        {
            (ulong start, ulong length) = discard[i];
            Assert.True(length > 0, "a range of nothing");
            _received[block].AsSpan((int)(start / GuestRam.UsualPageBytes), (int)(length / GuestRam.UsualPageBytes)).Clear();
            _ram[block].AsSpan((int)start, (int)length).Fill(0xaa);
        }
    }

    private async Task AnswerBitmapAsync(string block)
    {
        byte[] bits = new byte[(_received[block].Length + 63) / 64 * sizeof(ulong)];
        for (int page = 0; page < _received[block].Length; page++)
        {
            if (_received[block][page])
                bits[page >> 3] |= (byte)(1 << (page & 7));
        }

        byte[] bytes = new byte[bits.Length + 16];
        new RecoveryBitmap(bits).Write(bytes);
        await SendAsync(new(ReturnPathMessageType.RecvBitmap, block: Encoding.ASCII.GetBytes(block)));
        await WriteAsync(bytes);
    }

    private string _mainBlock = "";
    private string _urgentBlock = "";

    private async Task<bool> RecordAsync(PeerReader reader, bool isUrgent)
    {
        ulong header = await reader.UInt64Async();
        uint flags = (uint)(header & (GuestRam.UsualPageBytes - 1));
        int page = (int)(header / GuestRam.UsualPageBytes);
        if ((flags & RamFlags.Eos) != 0)
            return false;
        if ((flags & RamFlags.MemSize) != 0)
        {
            for (int i = 0; i < blocks.Count; i++)
            {
                await reader.TextAsync();
                await reader.ReadAsync(8);
            }

            return true;
        }

        string block = (flags & RamFlags.Continue) == 0 ? await reader.TextAsync() : isUrgent ? _urgentBlock : _mainBlock;
        if (isUrgent)
            _urgentBlock = block;
        else
            _mainBlock = block;
        byte[] content = (flags & RamFlags.Page) != 0 ? await reader.ReadAsync(GuestRam.UsualPageBytes) : new byte[GuestRam.UsualPageBytes];
        if ((flags & RamFlags.Zero) != 0)
            await reader.ReadAsync(1);
        Assert.False(HasRun && Has(block, page), $"page {page} of {block} came twice");
        content.CopyTo(_ram[block], page * GuestRam.UsualPageBytes);
        _received[block][page] = true;
        Arrived.Add((block, page, isUrgent));
        return true;
    }

    // Reads what is asked for, whole.
    private sealed class PeerReader(Endpoint end)
    {
        public async Task<byte[]> ReadAsync(int count)
        {
            byte[] bytes = new byte[count];
            for (int filled = 0; filled < count;)
            {
                int read = await end.ReadAsync(bytes.AsMemory(filled));
                if (read == 0)
                    throw new EndOfStreamException();
                filled += read;
            }

            return bytes;
        }

        public async Task<byte> ByteAsync() => (await ReadAsync(1))[0];

        public async Task<int> UInt16Async() => BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(2));

        public async Task<uint> UInt32Async() => BinaryPrimitives.ReadUInt32BigEndian(await ReadAsync(4));

        public async Task<ulong> UInt64Async() => BinaryPrimitives.ReadUInt64BigEndian(await ReadAsync(8));

        public async Task<string> TextAsync() => Encoding.ASCII.GetString(await ReadAsync(await ByteAsync()));
    }
}
