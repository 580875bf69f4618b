using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using TestKit;

namespace Destination.Tests;

/// <summary>However the bytes arrive, the outcome is the same; however few arrive, the outcome is clean.</summary>
public sealed class PayloadTests
{
    private const int PageBytes = 1024;
    private const long RamBytes = 8 * PageBytes;
    private static readonly byte[] Stream = CraftedStreams.Good(PageBytes, RamBytes);

    private static MachineProfile Machine => MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = RamBytes }) with
    {
        PageSizeBytes = PageBytes,
    };

    [Fact]
    public async Task Stream_split_at_any_byte_loads_the_same()
    {
        byte[] expected = await LoadAsync(Delivery.Whole, 0);
        for (int split = 1; split < Stream.Length; split++)
            Assert.Equal(expected, await LoadAsync(Delivery.Split, split));
        Assert.Equal(expected, await LoadAsync(Delivery.ByteByByte, 0));
        Assert.Equal(expected, await LoadAsync(Delivery.Lent, 0));
        Assert.Contains(expected, b => b != 0);
    }

    private static async Task<byte[]> LoadAsync(Delivery delivery, int split)
    {
        using TestKit.Destination destination = new(Machine);
        await destination.LoadAsync(new ArrayChannel(Stream, delivery, split));
        Assert.Equal(MigrationStatus.Completed, destination.Status);
        var figures = destination.Statistics;
        Assert.Equal((2, 1, 1), (figures.NormalPages, figures.ZeroPages, figures.XbzrlePages));
        Assert.Equal(3, figures.UniquePages);
        Assert.Equal(Stream.Length, figures.TransferredBytes);
        return destination.Ram();
    }

    [Theory]
    [InlineData(Delivery.Lent)]
    [InlineData(Delivery.Whole)]
    [InlineData(Delivery.ByteByByte)]
    public async Task Stream_cut_at_any_byte_fails_and_counts_whole_records_only(Delivery delivery)
    {
        // The stream ends in EOF, then "06 u32 {}": from the EOF byte on it is complete.
        int complete = Stream.Length - 7;
        long counted = 0;
        for (int length = 0; length < Stream.Length; length++)
        {
            using TestKit.Destination destination = new(Machine, poison: 0xaa);
            await destination.LoadAsync(Stream[..length], delivery);

            bool whole = length >= complete;
            Assert.Equal(whole ? MigrationStatus.Completed : MigrationStatus.Failed, destination.Status);
            Assert.Equal(whole ? RunState.Running : RunState.InMigrate, destination.Guest.State);
            var figures = destination.Statistics;
            long pages = figures.NormalPages + figures.ZeroPages + figures.XbzrlePages;
            Assert.InRange(pages, counted, counted + 1);
            counted = pages;
            Assert.Equal(destination.Memory.Blocks[0].Received.Count(), figures.UniquePages);
            AssertUnreceivedPagesAreUntouched(destination);
        }
        Assert.Equal(4, counted);
    }

    private static void AssertUnreceivedPagesAreUntouched(TestKit.Destination destination)
    {
        byte[] ram = destination.Ram();
        for (int page = 0; page < RamBytes / PageBytes; page++)
        {
            if (!destination.Memory.Blocks[0].Received[page])
                Assert.False(ram.AsSpan(page * PageBytes, PageBytes).ContainsAnyExcept((byte)0xaa));
        }
    }

    [Fact]
    public async Task Channel_that_fails_is_told_apart_from_one_that_ends()
    {
        using TestKit.Destination destination = new(Machine);
        await destination.LoadAsync(new ArrayChannel(Stream[..100]) { Failure = "connection reset by peer" });

        Assert.Equal(Qemu.Migration.Wire.StreamErrorCode.ChannelFailed, destination.Migration.State.Error!.Code);
        Assert.Contains("connection reset by peer", destination.Migration.State.Error.Message, StringComparison.Ordinal);
    }

    // Found by seed 91058826706771.
    [Theory]
    [InlineData(7, 0xd1, Qemu.Migration.Wire.StreamErrorCode.NotAMigrationStream)]
    [InlineData(4, 0xd1, Qemu.Migration.Wire.StreamErrorCode.NotAMigrationStream)]
    [InlineData(3, 0xd1, Qemu.Migration.Wire.StreamErrorCode.ChannelFailed)]
    [InlineData(7, 0x51, Qemu.Migration.Wire.StreamErrorCode.ChannelFailed)]
    public async Task Wrong_magic_is_named_though_the_channel_fails_behind_it(
        int length, byte first, Qemu.Migration.Wire.StreamErrorCode code)
    {
        byte[] bytes = [first, .. Stream.AsSpan(1, length - 1)];
        using TestKit.Destination destination = new(Machine);
        await destination.LoadAsync(new ArrayChannel(bytes) { Failure = "connection reset by peer" });

        Assert.Equal(code, destination.Migration.State.Error!.Code);
    }

    [Fact]
    public async Task Zero_page_is_written_where_memory_was_not_zero()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine, poison: 0xaa);
        await destination.LoadAsync(new StreamBuilder().Header().Configuration().RamStart().Zero(0, "ram").Eos().Footer(1).End().ToArray());

        byte[] ram = destination.Ram();
        Assert.False(ram.AsSpan(0, 4096).ContainsAnyExcept((byte)0));
        Assert.False(ram.AsSpan(4096).ContainsAnyExcept((byte)0xaa));
    }

    [Theory]
    [InlineData(1, MigrationStatus.Completed)]
    [InlineData(3, MigrationStatus.Completed)]
    [InlineData(4, MigrationStatus.Failed)]
    public async Task Resizable_block_takes_the_length_of_the_stream_and_no_more_than_its_maximum(int pages, MigrationStatus status)
    {
        using TestKit.Destination destination = new(MachineProfile.None(
            new RamBlockDescription { Name = "ram", LengthBytes = 2 * 4096, MaxLengthBytes = 3 * 4096 }));

        await destination.LoadAsync(new StreamBuilder().Header().Configuration().RamStart().MemSize(("ram", pages * 4096))
            .Zero((ulong)(pages - 1) * 4096, "ram").Eos().Footer(1).End().ToArray());

        Assert.Equal(status, destination.Status);
        Assert.Equal(status == MigrationStatus.Completed ? pages : 2, destination.Memory.Blocks[0].UsedLengthBytes / 4096);
    }
}
