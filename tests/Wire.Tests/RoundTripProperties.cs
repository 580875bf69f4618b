using FsCheck;
using FsCheck.Xunit;
using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>What was encoded is decoded the same, whatever the values: <c>decode(encode(x)) == x</c>, cut and between guards too.</summary>
[Properties(MaxTest = 60, Replay = "2026,11")]
public class RoundTripProperties
{
    private const int PageBytes = 4096;
    private readonly byte[] _room = new byte[8192];

    [Property]
    public void Configuration_header(byte[] name)
    {
        int length = new ConfigurationHeader(name).Write(_room);
        Contract.Assert("configuration", _room.AsSpan(0, length));
        ConfigurationHeader.TryRead(_room, out ConfigurationHeader read, out _);
        Assert.Equal(name, read.MachineName);
    }

    [Property]
    public void Configuration_bodies(uint bits, Guid uuid, byte count)
    {
        Contract.Assert("page bits", _room.AsSpan(0, ConfigurationBody.Write(_room, bits)));
        Contract.Assert("capability count", _room.AsSpan(0, ConfigurationBody.Write(_room, (uint)count)));
        Contract.Assert("uuid", _room.AsSpan(0, ConfigurationBody.Write(_room, uuid)));
        ConfigurationBody.TryReadUuid(_room, out Guid read, out _);
        Assert.Equal(uuid, read);
    }

    [Property]
    public void Subsection_header(byte[] rest, uint version)
    {
        byte[] name = [.. "parent/"u8, .. rest.Take(200)];
        int length = new SubsectionHeader(name, version).Write(_room);
        Contract.Assert("subsection header", _room.AsSpan(0, length));
        SubsectionHeader.TryRead(_room, out SubsectionHeader read, out _);
        Assert.Equal(name, read.Name);
        Assert.Equal((version, (byte)version), (read.Version, read.EffectiveVersion));
        Assert.Equal(DecodeStatus.Done, SubsectionHeader.TryPeekName(_room, "parent"u8, out ReadOnlySpan<byte> peeked));
        Assert.Equal(name, peeked);
    }

    [Property]
    public void Section_header(bool full, uint id, NonEmptyArray<byte> name, uint instance, uint version)
    {
        SectionHeader header = new(full ? SectionType.Full : SectionType.Start, id, name.Get, instance, version);
        Contract.Assert("section header", _room.AsSpan(0, header.Write(_room)));
        SectionHeader.TryRead(_room, out SectionHeader read, out _);
        Assert.Equal((header.Type, id, instance, version), (read.Type, read.Id, read.InstanceId, read.Version));
        Assert.Equal(name.Get, read.Name);
    }

    [Property]
    public void Part_header_and_footer(bool end, uint id)
    {
        SectionPartHeader header = new(end ? SectionType.End : SectionType.Part, id);
        Contract.Assert("part header", _room.AsSpan(0, header.Write(_room)));
        SectionPartHeader.TryRead(_room, out SectionPartHeader read, out _);
        Assert.Equal(header, read);
        Contract.Assert("footer", _room.AsSpan(0, new SectionFooter(id).Write(_room)));
        SectionFooter.TryRead(_room, out SectionFooter footer, out _);
        Assert.Equal(id, footer.Id);
    }

    [Property]
    public void Command_header(ushort command, ushort length)
    {
        CommandHeader header = new((CommandType)command, length);
        Contract.Assert("command header", _room.AsSpan(0, header.Write(_room)));
        CommandHeader.TryRead(_room, out CommandHeader read, out _);
        Assert.Equal(header, read);
    }

    [Property]
    public void Command_payloads(uint value, byte[] block, ulong sizes, ulong page)
    {
        Contract.Assert("ping", _room.AsSpan(0, CommandPayload.Write(_room, value)));
        Contract.Assert("packaged", _room.AsSpan(0, CommandPayload.Write(_room, value)));
        Contract.Assert("receive bitmap", _room.AsSpan(0, CommandPayload.Write(_room, block)));
        PostcopyAdvice advice = new(sizes, page);
        Contract.Assert("advise", _room.AsSpan(0, advice.Write(_room)));
        PostcopyAdvice.TryRead(_room, out PostcopyAdvice read, out _);
        Assert.Equal(advice, read);
    }

    [Property]
    public void Discard_command(byte[] block, (ulong, ulong)[] ranges)
    {
        Span<byte> payload = _room.AsSpan(CommandHeader.SizeBytes);
        int length = RamDiscard.Write(payload, block, ranges);
        new CommandHeader(CommandType.PostcopyRamDiscard, (ushort)length).Write(_room);
        Contract.Assert("discard command", _room.AsSpan(0, CommandHeader.SizeBytes + length));
        RamDiscard.TryRead(payload, length, out RamDiscard read, out _);
        Assert.Equal(block, read.Block);
        Assert.Equal(ranges.Length, read.Count);
        for (int i = 0; i < ranges.Length; i++)
            Assert.Equal(ranges[i], read[i]);
    }

    [Property]
    public void Ram_record(ulong offset, byte kind, bool continues, byte[] block)
    {
        uint[] kinds = [RamFlags.Zero, RamFlags.Page, RamFlags.Xbzrle, RamFlags.MemSize, RamFlags.Eos, RamFlags.MultifdFlush, RamFlags.Hook];
        uint flags = kinds[kind % kinds.Length] | (continues ? RamFlags.Continue : 0);
        RamRecord record = new(offset & ~(PageBytes - 1ul), flags, PageBytes, block);
        Contract.Assert("ram record", _room.AsSpan(0, record.Write(_room)));
        RamRecord.TryRead(_room, PageBytes, out RamRecord read, out _);
        Assert.Equal((record.Offset, flags, kinds[kind % kinds.Length]), (read.Offset, read.Flags, read.Kind));
        Assert.Equal(record.Offset | flags, RamRecord.ReadHeader(in _room[0]));
        Assert.Equal(continues || kind % kinds.Length > 2 ? [] : block, read.BlockName);
    }

    [Property]
    public void Block_list_entry(byte[] block, ulong length, ulong address)
    {
        Contract.Assert("block list entry", _room.AsSpan(0, new BlockListEntry(block, length).Write(_room)));
        BlockListEntry.TryRead(_room, out BlockListEntry read, out _);
        Assert.Equal(block, read.Name);
        Assert.Equal(length, read.LengthBytes);
        Contract.Assert("block list field", _room.AsSpan(0, BlockListEntry.WriteField(_room, address)));
    }

    [Property]
    public void Mapped_ram_header(bool old, ulong page, ulong bitmap, ulong pages)
    {
        MappedRamHeader header = new(old ? 0u : 1u, page, bitmap, pages);
        Contract.Assert("mapped-ram header", _room.AsSpan(0, header.Write(_room)));
        MappedRamHeader.TryRead(_room, out MappedRamHeader read, out _);
        Assert.Equal(header, read);
    }

    [Property]
    public void Headers_of_a_delta_and_of_the_description(ushort deltaBytes, uint jsonBytes)
    {
        XbzrleHeader delta = new(Xbzrle.EncodingFlag, deltaBytes);
        Contract.Assert("xbzrle header", _room.AsSpan(0, delta.Write(_room)));
        XbzrleHeader.TryRead(_room, out XbzrleHeader read, out _);
        Assert.Equal(delta, read);
        Assert.Equal(deltaBytes, XbzrleHeader.ReadLength(in _room[0]));
        Contract.Assert("description header", _room.AsSpan(0, new VmDescriptionHeader(jsonBytes).Write(_room)));
        VmDescriptionHeader.TryRead(_room, out VmDescriptionHeader description, out _);
        Assert.Equal(jsonBytes, description.LengthBytes);
    }

    [Property]
    public void Multifd_initial_packet(Guid uuid, byte channel)
    {
        MultifdInitialPacket packet = new(uuid, channel);
        Contract.Assert("multifd initial packet", _room.AsSpan(0, packet.Write(_room)));
        MultifdInitialPacket.TryRead(_room, out MultifdInitialPacket read, out _);
        Assert.Equal(packet, read);
    }

    [Property(MaxTest = 10)]
    public void Multifd_packet(uint flags, uint normal, uint zero, uint payload, ulong number, ulong[] offsets)
    {
        flags &= ~MultifdPacket.FlagDeviceState;
        MultifdPacketHeader header = new(flags, 128, normal, payload, number, zero);
        int length = header.Write(_room, PageBytes, "pc.ram"u8, offsets);
        Contract.Assert("multifd packet", _room.AsSpan(0, length));
        MultifdPacketHeader.TryRead(_room, PageBytes, out MultifdPacketHeader read, out _);
        Assert.Equal(header, read);
        Assert.Equal("pc.ram"u8, MultifdPacketHeader.BlockName(_room));
        for (int i = 0; i < offsets.Length; i++)
            Assert.Equal(offsets[i], MultifdPacketHeader.Offset(_room, i));
    }

    [Property]
    public void Multifd_device_state(uint flags, uint instance, uint payload)
    {
        flags |= MultifdPacket.FlagDeviceState;
        MultifdDeviceStateHeader header = new(flags, "0000:00:02.0/vfio"u8, instance, payload);
        Contract.Assert("multifd device state", _room.AsSpan(0, header.Write(_room)));
        MultifdDeviceStateHeader.TryRead(_room, out MultifdDeviceStateHeader read, out _);
        Assert.Equal((flags, instance, payload), (read.Flags, read.InstanceId, read.PayloadBytes));
        Assert.Equal("0000:00:02.0/vfio"u8, read.Name);
        Contract.Assert("multifd prefix", _room.AsSpan(0, MultifdPacketPrefix.SizeBytes));
    }

    [Property]
    public void Return_path_message(byte kind, uint value, ulong start, byte[] block)
    {
        ReturnPathMessageType type = (ReturnPathMessageType)(1 + (kind % (int)ReturnPathMessageType.SwitchoverAck));
        Contract.Assert("return-path message", _room.AsSpan(0, new ReturnPathMessage(type, value, start, block).Write(_room)));
        ReturnPathMessage.TryRead(_room, out ReturnPathMessage read, out _);
        bool requests = type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId;
        bool named = type is ReturnPathMessageType.RequestPagesId or ReturnPathMessageType.RecvBitmap;
        bool empty = type is ReturnPathMessageType.SwitchoverAck or ReturnPathMessageType.RecvBitmap;
        Assert.Equal((type, empty ? 0 : value, requests ? start : 0), (read.Type, read.Value, read.Start));
        Assert.Equal(named ? block : [], read.Block);
    }

    [Property]
    public void Recovery_bitmap(ulong[] words)
    {
        byte[] bits = [.. words.SelectMany(BitConverter.GetBytes)];
        Contract.Assert("recovery bitmap", _room.AsSpan(0, new RecoveryBitmap(bits).Write(_room)));
        RecoveryBitmap.TryRead(_room, out RecoveryBitmap read, out _);
        Assert.Equal(bits, read.Bits);
    }
}
