using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>Structures of fixed layout against their bytes, written where other bytes stood before.</summary>
public sealed class PacketTests
{
    [Fact]
    public void Initial_packet_has_the_layout_of_section_4_2()
    {
        byte[] bytes = Dirty(MultifdInitialPacket.SizeBytes + 1);
        new MultifdInitialPacket(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 7).Write(bytes);
        Assert.Equal(
            "1122334400000001" + "00112233445566778899aabbccddeeff" + "07" + new string('0', 2 * 39) + "a5",
            Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Initial_packet_of_a_guest_without_uuid_has_zeroes_for_one()
    {
        byte[] bytes = Dirty(MultifdInitialPacket.SizeBytes);
        new MultifdInitialPacket(null, 0).Write(bytes);
        Assert.Equal("1122334400000001" + new string('0', 2 * 56), Convert.ToHexStringLower(bytes));
    }

    [Fact]
    public void Header_of_a_mapped_ram_block_has_the_layout_of_section_5()
    {
        byte[] bytes = Dirty(MappedRamHeader.SizeBytes + 1);
        MappedRamHeader header = new(1, 0x1000, 0x0102030405060708, 0x1112131415161718);
        header.Write(bytes);
        Assert.Equal("00000001" + "0000000000001000" + "0102030405060708" + "1112131415161718" + "a5", Convert.ToHexStringLower(bytes));
        Assert.Equal(DecodeStatus.Done, MappedRamHeader.TryRead(bytes, out MappedRamHeader read, out _));
        Assert.Equal(header, read);
    }

    private static byte[] Dirty(int count)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, (byte)0xa5);
        return bytes;
    }
}
