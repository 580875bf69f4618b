using System.Buffers.Binary;

namespace Simulation.Oracle;

/// <summary>Where a multifd connection stands.</summary>
internal enum MultifdState
{
    /// <summary>There is more to read.</summary>
    Running,

    /// <summary>It read a SYNC packet and waits for main.</summary>
    AtSync,

    /// <summary>It ended between two packets.</summary>
    Ended,

    /// <summary>Its bytes are wrong.</summary>
    Faulty,

    /// <summary>It is open and silent.</summary>
    Waiting,
}

/// <summary>Reads one multifd connection (stream reference, sections 4.2 to 4.5).</summary>
/// <remarks>
/// <code>
/// once     u32 magic, u32 version, uuid[16], u8 id, zeros[39]
/// packet   u32 magic, u32 version, u32 flags, u32 pages_alloc, u32 normal_pages, u32 next_packet_size, u64 packet_num,
///          u32 zero_pages, reserved[28], block[256], u64 offsets[pages per packet], payload
/// device   u32 magic, u32 version, u32 flags, idstr[256], u32 instance_id, u32 next_packet_size, payload
/// </code>
/// </remarks>
internal sealed class MultifdChannel
{
    /// <summary>MULTIFD_MAGIC: opens the initial packet and every other.</summary>
    private const uint Magic = 0x11223344;

    /// <summary>MULTIFD_VERSION: the version of all packets.</summary>
    private const uint Version = 1;

    /// <summary>MULTIFD_FLAG_SYNC: wait for main behind this packet.</summary>
    private const uint SyncFlag = 0x01;

    /// <summary>MULTIFD_FLAG_COMPRESSION_MASK: the method by which the payload is compressed.</summary>
    private const uint CompressionMask = 0x3e;

    /// <summary>MULTIFD_FLAG_DEVICE_STATE: a packet of device state.</summary>
    private const uint DeviceStateFlag = 0x40;

    /// <summary>MULTIFD_PACKET_SIZE: bytes of guest pages in a packet.</summary>
    private const int PacketPageBytes = 512 * 1024;

    /// <summary>Largest compressed payload: twice the pages of a packet.</summary>
    private const uint MaxCompressedPayload = 1024 * 1024;

    private const int InitialSize = 64;

    /// <summary>Magic, version and flags of a packet, which a destination reads first.</summary>
    private const int CommonSize = 12;
    private const int UuidSize = 16;
    private const int NameSize = 256;

    private readonly ByteCursor _cursor;
    private readonly OracleInput _input;
    private readonly Capabilities _capabilities;
    private readonly OracleRam _ram;
    private readonly int _connection;
    private readonly OraclePageDecompressor? _decompressor;
    private bool _isIntroduced;
    private bool _isBeyondTheEnd;

    public MultifdChannel(int connection, OracleInput input, Capabilities capabilities, OracleRam ram, RecordLog records)
    {
        _connection = connection;
        _cursor = new ByteCursor(connection, input.Channels[connection - 1]);
        _input = input;
        _capabilities = capabilities;
        _ram = ram;
        Records = records;
        _decompressor = OraclePageDecompressor.Create(input.MultifdCompression);
    }

    public MultifdState State { get; private set; } = MultifdState.Running;

    public OracleFault? Fault { get; private set; }

    public int Id { get; private set; }

    public long Position => _cursor.Position;

    public RecordLog Records { get; }

    /// <summary>Set when main is done: what is written now may or may not get into RAM.</summary>
    public bool AfterLastSync { get; set; }

    /// <summary>Whether the connection has ended before its initial packet was whole.</summary>
    public bool EndsInInitialPacket =>
        _input.Channels[_connection - 1] is { Ended: true } brought && brought.Bytes.Length < InitialSize;

    private uint CompressionFlag => _input.MultifdCompression switch
    {
        OracleCompression.Zlib => 0x02, // MULTIFD_FLAG_ZLIB
        OracleCompression.Zstd => 0x04, // MULTIFD_FLAG_ZSTD
        _ => 0x00, // MULTIFD_FLAG_NOCOMP
    };

    /// <summary>Reads the initial packet.</summary>
    /// <param name="others">The connections before this one.</param>
    public void Connect(IEnumerable<MultifdChannel> others) => Guard(() =>
    {
        ReadInitialPacket(others);
        return MultifdState.Running;
    });

    /// <summary>Reads packets up to the next SYNC, the end, a fault or silence.</summary>
    /// <param name="epoch">Number of the synchronisation that main meets next.</param>
    public void Run(int epoch)
    {
        if (State != MultifdState.Running)
            return;

        Guard(() =>
        {
            while (!_cursor.AtCleanEnd())
            {
                if (ReadPacket(epoch))
                    return MultifdState.AtSync;
            }

            return MultifdState.Ended;
        });
    }

    /// <summary>Main has synchronised: go on behind the SYNC packet.</summary>
    public void Release() => State = MultifdState.Running;

    /// <summary>This connection, or main for want of it, fails.</summary>
    public void Fail(OracleFaultException exception)
    {
        State = MultifdState.Faulty;
        Fault = exception.Fault;
    }

    /// <summary>Looks behind a SYNC packet that main never meets, where the destination does not get.</summary>
    /// <returns>True when pages lie there, which are lost; anything else there does no harm.</returns>
    public bool FindLostPages(int epoch)
    {
        long parkedAt = _cursor.Position;
        OracleCounters read = Records.Total;
        _isBeyondTheEnd = true;
        while (State == MultifdState.AtSync)
        {
            Release();
            Run(epoch);
        }

        _cursor.Position = parkedAt;
        Fault = null;
        if (Records.Total == read)
            return false;

        _cursor.BeginRecord();
        Fail(_cursor.Fault(
            OracleFaultKind.MultifdPagesAfterLastSync, parkedAt, "pages behind a SYNC that main never met"));
        return true;
    }

    private void Guard(Func<MultifdState> read)
    {
        try
        {
            State = read();
        }
        catch (OracleFaultException exception)
        {
            Fail(new OracleFaultException(exception.Fault with { ChannelId = _isIntroduced ? Id : null }));
        }
        catch (OraclePendingException)
        {
            State = MultifdState.Waiting;
        }
    }

    private void ReadInitialPacket(IEnumerable<MultifdChannel> others)
    {
        const int ReservedAfterId = 39;
        _cursor.Peek(0, InitialSize);
        ReadMagic(OracleFaultKind.MultifdInitialMagic, OracleFaultKind.MultifdInitialVersion);
        ReadOnlySpan<byte> uuid = _cursor.Take(UuidSize);
        ReadOnlySpan<byte> local = _input.Machine.Uuid.IsEmpty ? stackalloc byte[UuidSize] : _input.Machine.Uuid.Span;
        if (!uuid.SequenceEqual(local))
            throw _cursor.Fault(
                OracleFaultKind.MultifdInitialUuid, _cursor.Position - UuidSize, Convert.ToHexString(uuid));

        Id = _cursor.U8();
        long idOffset = _cursor.Position - 1;
        _cursor.Take(ReservedAfterId);
        if (Id >= _input.MultifdChannels)
            throw _cursor.Fault(OracleFaultKind.MultifdChannelId, idOffset, $"{Id} of {_input.MultifdChannels}");
        if (others.Any(other => other.State == MultifdState.Running && other.Id == Id))
            throw _cursor.Fault(OracleFaultKind.MultifdChannelIdDuplicate, idOffset, $"{Id}");
        _isIntroduced = true;
    }

    private void ReadMagic(OracleFaultKind magicFault, OracleFaultKind versionFault)
    {
        uint magic = _cursor.U32();
        if (magic != Magic)
            throw _cursor.Fault(magicFault, _cursor.RecordStart, $"0x{magic:x8}");

        uint version = _cursor.U32();
        if (version != Version)
            throw _cursor.Fault(versionFault, _cursor.RecordStart + 4, $"{version}");
    }

    /// <returns>True behind a SYNC packet.</returns>
    private bool ReadPacket(int epoch)
    {
        _cursor.BeginRecord();
        _cursor.Peek(0, CommonSize);
        ReadMagic(OracleFaultKind.MultifdPacketMagic, OracleFaultKind.MultifdPacketVersion);
        uint flags = _cursor.U32();
        if ((flags & DeviceStateFlag) != 0)
            throw DeviceStateFault(flags);

        Packet packet = ReadHeader(flags, epoch);
        if (packet.Normal + packet.Zero > 0)
            ReadPages(packet);
        return (flags & SyncFlag) != 0;
    }

    private Packet ReadHeader(uint flags, int epoch)
    {
        long start = _cursor.RecordStart;
        uint capacity = (uint)(PacketPageBytes / _input.Machine.PageSize);
        uint allocated = _cursor.U32();
        uint normal = _cursor.U32();
        uint payload = _cursor.U32();
        _cursor.U64();
        uint zero = _cursor.U32();
        _cursor.Take(28);
        ReadOnlySpan<byte> name = ByteCursor.UpToNul(_cursor.Take(NameSize));
        long offsetsAt = _cursor.Position;
        _cursor.Take(capacity * sizeof(ulong));

        if (allocated > capacity)
            throw _cursor.Fault(OracleFaultKind.MultifdPagesAllocated, start + 12, $"{allocated}");
        if (normal > allocated)
            throw _cursor.Fault(OracleFaultKind.MultifdNormalPages, start + 16, $"{normal} of {allocated}");
        if (zero > allocated - normal)
            throw _cursor.Fault(OracleFaultKind.MultifdZeroPages, start + 32, $"{zero} of {allocated - normal}");
        if (normal + zero == 0)
            return default;

        OracleRamBlock block = _ram.Find(name)
            ?? throw _cursor.Fault(OracleFaultKind.MultifdUnknownBlock, start + 64, ByteCursor.Text(name));
        if (RamSection.IsIgnored(block.Model, _capabilities))
            throw _cursor.Fault(OracleFaultKind.MultifdIgnoredBlock, start + 64, block.Name);

        Packet packet =
            new(block, flags, (int)normal, (int)zero, payload, offsetsAt, new OracleRamBlock.Write(epoch, _connection));
        for (int i = 0; i < packet.Normal + packet.Zero; i++)
            JudgeOffset(packet, i);
        return packet;
    }

    private void JudgeOffset(Packet packet, int index)
    {
        ulong offset = Offset(packet, index);
        long field = packet.OffsetsAt + index * sizeof(ulong);
        ulong pageSize = (ulong)_input.Machine.PageSize;
        ulong length = (ulong)packet.Block.UsedLength;
        if (length < pageSize || offset > length - pageSize)
            throw _cursor.Fault(OracleFaultKind.MultifdOffsetTooLong, field, $"{packet.Block.Name} 0x{offset:x}");
        if (offset % pageSize != 0)
            throw _cursor.Fault(OracleFaultKind.MultifdOffsetUnaligned, field, $"{packet.Block.Name} 0x{offset:x}");
    }

    private ulong Offset(Packet packet, int index) =>
        BinaryPrimitives.ReadUInt64BigEndian(
            _cursor.At((ulong)(packet.OffsetsAt + index * sizeof(ulong)), sizeof(ulong)));

    private void ReadPages(Packet packet)
    {
        long start = _cursor.RecordStart;
        if ((packet.Flags & CompressionMask) != CompressionFlag)
            throw _cursor.Fault(OracleFaultKind.MultifdCompressionMismatch, start + 8, $"0x{packet.Flags:x}");

        if (_decompressor is not null)
            JudgePayload(packet, start);

        // The zero pages' offsets come last, but they are cleared first: before the normal pages have come.
        for (int i = packet.Normal; i < packet.Normal + packet.Zero; i++)
        {
            packet.Block.SetZero(Offset(packet, i));
            Note(packet, i);
            Records.AddZero(packet.PagesAt);
        }

        if (packet.Normal > 0)
            _decompressor?.Begin(_cursor.TakeMemory(packet.Payload));
        for (int i = 0; i < packet.Normal; i++)
        {
            ReadNormalPage(packet.Block, Offset(packet, i));
            Note(packet, i);
            Records.AddNormal(_cursor.Position);
        }

        if (packet.Normal > 0 && _decompressor?.End() is { } fault)
            throw _cursor.Fault(fault, _cursor.Position, $"{_input.MultifdCompression} stream ended");
    }

    private void JudgePayload(Packet packet, long start)
    {
        if (packet.Payload > MaxCompressedPayload)
            throw _cursor.Fault(OracleFaultKind.MultifdPayloadTooLarge, start + 20, $"{packet.Payload}");
        if (packet.Normal == 0 && packet.Payload != 0)
            throw _cursor.Fault(OracleFaultKind.MultifdPayloadUnexpected, start + 20, $"{packet.Payload}");
    }

    private void ReadNormalPage(OracleRamBlock block, ulong offset)
    {
        if (_decompressor is null && !_cursor.Has(block.PageSize))
        {
            block.Tear(offset, _cursor.RestMemory);

            // A destination that completes may have read the beginning into its place.
            if (AfterLastSync)
                block.MarkAmbiguous(offset);
        }

        if (_decompressor is null)
            block.Set(offset, _cursor.TakeMemory((uint)block.PageSize));
        else if (_decompressor.Read(block.Writable(offset)) is { } fault)
            throw _cursor.Fault(fault, _cursor.Position, $"{_input.MultifdCompression}");
    }

    private void Note(Packet packet, int index)
    {
        ulong offset = Offset(packet, index);
        if (!_isBeyondTheEnd)
            packet.Block.MarkReceived(offset, packet.Write);
        if (AfterLastSync)
            packet.Block.MarkAmbiguous(offset);
    }

    /// <summary>No section here loads device state, so each such packet is wrong; this says why.</summary>
    private OracleFaultException DeviceStateFault(uint flags)
    {
        // The flag is enough to refuse a packet of which the rest has not come.
        long start = _cursor.RecordStart;
        if (!_cursor.Has(NameSize + 2 * sizeof(uint)))
            return _cursor.Fault(OracleFaultKind.DeviceStateUnsupported, start + 12, "cut short");

        ReadOnlySpan<byte> field = _cursor.Take(NameSize);
        uint instance = _cursor.U32();
        uint payload = _cursor.U32();
        string name = ByteCursor.Text(ByteCursor.UpToNul(field));
        if (payload == 0)
            return _cursor.Fault(OracleFaultKind.DeviceStateEmpty, _cursor.Position - 4, name);
        if ((flags & SyncFlag) != 0)
            return _cursor.Fault(OracleFaultKind.DeviceStateSync, start + 8, $"0x{flags:x}");
        if (!field.Contains((byte)0))
            return _cursor.Fault(OracleFaultKind.DeviceStateUnterminatedName, start + 12, name);

        bool known = _input.Machine.Handlers.Any(handler => handler.IdStr == name && handler.InstanceId == instance);
        return _cursor.Fault(
            known ? OracleFaultKind.DeviceStateUnsupported : OracleFaultKind.DeviceStateUnknownSection,
            start + 12,
            $"'{name}' {instance}");
    }

    /// <summary>The header of a packet that carries pages.</summary>
    private readonly record struct Packet(
        OracleRamBlock Block, uint Flags, int Normal, int Zero, uint Payload, long OffsetsAt, OracleRamBlock.Write Write)
    {
        /// <summary>Where the header ends.</summary>
        public long PagesAt => OffsetsAt + PacketPageBytes / Block.PageSize * sizeof(ulong);
    }
}
