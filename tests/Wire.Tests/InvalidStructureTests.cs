using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>Bytes that can never be the structure are told at the first byte that says so, and what was read says why.</summary>
public sealed class InvalidStructureTests
{
    [Fact]
    public void Another_type_byte_is_invalid_at_once()
    {
        byte[] other = [0x55];
        Assert.Equal(DecodeStatus.InvalidData, ConfigurationHeader.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, SectionHeader.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, SectionPartHeader.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, SectionFooter.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, CommandHeader.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, SubsectionHeader.TryRead(other, out _, out _));
        Assert.Equal(DecodeStatus.InvalidData, VmDescriptionHeader.TryRead(other, out _, out _));
    }

    [Fact]
    public void File_header_says_which_version_it_found()
    {
        byte[] version2 = Convert.FromHexString("5145564d00000002");
        Assert.Equal(DecodeStatus.InvalidData, FileHeader.TryRead(version2, out FileHeader header, out int consumed));
        Assert.Equal((FileHeader.Magic, FileHeader.ObsoleteVersion, 0), (header.FoundMagic, header.FoundVersion, consumed));
    }

    [Fact]
    public void Machine_name_beyond_the_limit_is_invalid_before_it_is_there()
    {
        byte[] header = Convert.FromHexString("07ffffffff");
        Assert.Equal(DecodeStatus.InvalidData, ConfigurationHeader.TryRead(header, out ConfigurationHeader read, out _));
        Assert.Equal(uint.MaxValue, read.NameBytes);
    }

    [Fact]
    public void Capabilities_beyond_the_limit_are_invalid()
    {
        byte[] count = [0, 0, 1, 1];
        Assert.Equal(DecodeStatus.InvalidData, ConfigurationBody.TryReadCapabilityCount(count, out uint read, out int consumed));
        Assert.Equal((257u, 0), (read, consumed));
    }

    [Fact]
    public void Section_without_a_name_is_invalid_and_says_its_id()
    {
        byte[] header = Convert.FromHexString("040000000700");
        Assert.Equal(DecodeStatus.InvalidData, SectionHeader.TryRead(header, out SectionHeader read, out _));
        Assert.Equal(7u, read.Id);
    }

    [Theory]
    [InlineData("0506", DecodeStatusKind.Invalid)]
    [InlineData("0507", DecodeStatusKind.NeedsMore)]
    [InlineData("0507706172656e742f", DecodeStatusKind.Done)]
    [InlineData("05076f7468657273aa", DecodeStatusKind.Invalid)]
    public void Subsection_belongs_to_a_parent_when_its_name_begins_with_the_parents(string hex, DecodeStatusKind expected)
    {
        DecodeStatus status = SubsectionHeader.TryPeekName(Convert.FromHexString(hex), "parent"u8, out _);
        Assert.Equal(expected, status == DecodeStatus.Done ? DecodeStatusKind.Done
            : status.NeedsMoreData ? DecodeStatusKind.NeedsMore : DecodeStatusKind.Invalid);
    }

    public enum DecodeStatusKind
    {
        Done,
        NeedsMore,
        Invalid,
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(0x100u)]
    [InlineData(RamFlags.Zero | RamFlags.Page)]
    [InlineData(RamFlags.Eos | RamFlags.MultifdFlush)]
    public void Record_of_no_one_kind_is_invalid(uint flags)
    {
        byte[] header = new byte[8];
        new RamRecord(0x3000, flags, 4096).Write(header);
        Assert.Equal(DecodeStatus.InvalidData, RamRecord.TryRead(header, 4096, out RamRecord read, out _));
        Assert.Equal((0x3000ul, flags), (read.Offset, read.Flags));
    }

    [Theory]
    [InlineData("01" + "0372616d00")]
    [InlineData("00" + "0372616d01")]
    [InlineData("00" + "0372616d00" + "00")]
    [InlineData("00" + "ff72616d00")]
    [InlineData("")]
    public void Discard_of_another_version_or_shape_is_invalid(string hex)
    {
        byte[] payload = Convert.FromHexString(hex);
        Assert.Equal(DecodeStatus.InvalidData, RamDiscard.TryRead(payload, payload.Length, out _, out int consumed));
        Assert.Equal(0, consumed);
    }

    [Theory]
    [InlineData("0000000000000007")]
    [InlineData("ffffffffffffffff")]
    [InlineData("0000000000000000" + "0123456789abcdee")]
    public void Recovery_bitmap_of_odd_size_or_without_its_mark_is_invalid(string hex) =>
        Assert.Equal(DecodeStatus.InvalidData, RecoveryBitmap.TryRead(Convert.FromHexString(hex), out _, out _));

    [Fact]
    public void Packets_of_data_and_of_device_state_are_told_apart()
    {
        byte[] prefix = Convert.FromHexString("112233440000000100000040");
        Assert.Equal(DecodeStatus.InvalidData, MultifdPacketHeader.TryRead(prefix, 4096, out _, out _));
        Assert.True(MultifdDeviceStateHeader.TryRead(prefix, out _, out _).NeedsMoreData);
        prefix[11] = 0;
        Assert.True(MultifdPacketHeader.TryRead(prefix, 4096, out _, out _).NeedsMoreData);
        Assert.Equal(DecodeStatus.InvalidData, MultifdDeviceStateHeader.TryRead(prefix, out _, out _));
    }

    [Theory]
    [InlineData(0x1000ul, 0x1000ul, 0x2000L, true)]
    [InlineData(0x1000ul, 0ul, 0x1001L, false)]
    [InlineData(0x1000ul, 0ul, 0x1000L, true)]
    [InlineData(ulong.MaxValue, 2ul, 0L, false)]
    [InlineData(0ul, ulong.MaxValue, 0L, false)]
    public void Mapped_ram_file_never_leads_back(ulong pages, ulong length, long headerEnd, bool expected)
    {
        bool found = new MappedRamHeader(1, 4096, 0, pages).TryFindContinuation(headerEnd, length, out long offset);
        Assert.Equal(expected, found && offset == (long)(pages + length));
    }
}
