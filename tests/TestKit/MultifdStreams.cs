using System.Buffers.Binary;
using System.Text;
using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>Packets of multifd channels, good and bad.</summary>
public static class MultifdStreams
{
    public static byte[] Initial(int id, uint magic = MultifdPacket.Magic, uint version = 1, Guid? uuid = null)
    {
        byte[] packet = new byte[MultifdInitialPacket.SizeBytes];
        new MultifdInitialPacket(uuid, (byte)id).Write(packet);
        BinaryPrimitives.WriteUInt32BigEndian(packet, magic);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), version);
        return packet;
    }

    public static byte[] Sync() => Packet(flags: MultifdPacket.FlagSync, allocated: 0);

    public static byte[] Packet(
        uint flags = 0, uint allocated = 128, ulong[]? normal = null, ulong[]? zero = null, byte[]? payload = null, string block = "ram",
        uint magic = MultifdPacket.Magic, uint version = 1, uint? normalCount = null, uint? zeroCount = null, uint? payloadBytes = null)
    {
        normal ??= [];
        zero ??= [];
        byte[] header = new byte[MultifdPacket.HeaderBytes(4096)];
        uint[] words = [magic, version, flags, allocated, normalCount ?? (uint)normal.Length, payloadBytes ?? (uint)(payload?.Length ?? 0)];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 * i), words[i]);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(32), zeroCount ?? (uint)zero.Length);
        Encoding.ASCII.GetBytes(block).CopyTo(header, 64);
        ulong[] offsets = [.. normal, .. zero];
        for (int i = 0; i < offsets.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(MultifdPacket.FixedBytes + 8 * i), offsets[i]);
        return [.. header, .. payload ?? []];
    }

    /// <summary>A main stream with a number of meeting points.</summary>
    public static byte[] Main(int flushes = 1)
    {
        StreamBuilder stream = new StreamBuilder().Header().Configuration().Command(1)
            .RamStart().MemSize(("ram", CraftedStreams.RamBytes));
        for (int i = 0; i < flushes; i++)
            stream.U64(RamFlags.MultifdFlush);
        return stream.Eos().Footer(1).GlobalState("running").End().VmDescription().ToArray();
    }
}
