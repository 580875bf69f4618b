using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>The block list: lengths that are rounded, resized or refused, and what its errors say.</summary>
public sealed class BlockListTests
{
    private const long Length = CraftedStreams.RamBytes;

    private static StreamBuilder List => CraftedStreams.Opening.RamStart();

    [Theory]
    [InlineData(8 + 2, null)]
    [InlineData(8 + 4 + 8 + 3, "ram")]
    public async Task List_that_is_cut_names_the_section_and_the_block_once_it_is_known(int listBytes, string? block)
    {
        byte[] list = new StreamBuilder().MemSize(("ram", Length)).U64(0).ToArray();
        StreamBuilder head = CraftedStreams.Opening.Subsection("configuration/capabilities").U32(1).Str8("x-ignore-shared").RamStart();
        MigrationCapabilities capabilities = new();
        capabilities.Set("x-ignore-shared", true);

        StreamError error = await Failure.OfAsync(CraftedStreams.Machine, head.Raw(list.AsSpan(0, listBytes)), capabilities);

        Assert.Equal((StreamErrorCode.Truncated, "ram", block), (error.Code, error.Section, error.Block));
    }

    [Fact]
    public async Task Lengths_beyond_the_total_are_told_with_the_difference()
    {
        StreamError error = await Failure.OfAsync(CraftedStreams.Machine, List.U64(0x1000 | RamFlags.MemSize).Str8("ram").U64((ulong)Length));

        Assert.Equal((StreamErrorCode.MemSizeTotalMismatch, "ram"), (error.Code, error.Section));
        Assert.Contains("more than the total of 0x1000, by 0xff000 bytes", error.Message);
    }

    [Fact]
    public async Task Total_beyond_the_lengths_is_told_where_the_list_goes_on_in_something_else()
    {
        StreamError error = await Failure.OfAsync(
            CraftedStreams.Machine, List.U64(((ulong)Length + 0x1000) | RamFlags.MemSize).Str8("ram").U64((ulong)Length).Eos().Footer(1));

        Assert.Equal(StreamErrorCode.MemSizeUnknownBlock, error.Code);
        Assert.Contains("unknown block ''; its lengths so far sum to 0x100000 of the total of 0x101000 bytes", error.Message);
    }

    [Fact]
    public async Task Total_is_told_where_the_stream_ends_inside_the_list()
    {
        StreamError error = await Failure.OfAsync(
            CraftedStreams.Machine, List.U64(((ulong)Length + 0x1000) | RamFlags.MemSize).Str8("ram").U64((ulong)Length));

        Assert.Equal(StreamErrorCode.Truncated, error.Code);
        Assert.Contains("sum to 0x100000 of the total of 0x101000 bytes", error.Message);
    }

    [Fact]
    public async Task Address_of_a_shared_block_is_not_asked_for_without_the_capability()
    {
        MachineProfile machine = MachineProfile.None(
            new RamBlockDescription { Name = "ram", LengthBytes = Length, Shared = true, GuestAddress = 0x40000 });
        using TestKit.Destination destination = new(machine);

        await destination.LoadAsync(CraftedStreams.Good());

        Assert.Null(destination.Migration.State.Error?.ToString());
    }

    [Fact]
    public async Task Resizable_block_takes_the_length_rounded_up_to_a_page()
    {
        using TestKit.Destination destination = new(Resizable());

        await destination.LoadAsync(List.U64(0x2000 | RamFlags.MemSize).Str8("ram").U64(0x1001).ToArray());

        Assert.Equal(0x2000, destination.Memory.Blocks[0].UsedLengthBytes);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 4094)]
    [InlineData(0x20_0001UL)]
    public async Task Length_that_no_resizing_gives_is_refused(ulong length)
    {
        StreamError error = await Failure.OfAsync(Resizable(), List.U64(0x2000 | RamFlags.MemSize).Str8("ram").U64(length));

        Assert.Equal((StreamErrorCode.BlockLengthMismatch, "ram", "ram"), (error.Code, error.Section, error.Block));
        Assert.Contains($"0x{length:x} in the stream", error.Message);
    }

    private static MachineProfile Resizable() => MachineProfile.None(
        new RamBlockDescription { Name = "ram", LengthBytes = Length, MaxLengthBytes = 2 * Length });
}
