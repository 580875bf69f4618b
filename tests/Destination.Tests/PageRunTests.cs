using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;
using static TestKit.MultifdStreams;

namespace Destination.Tests;

/// <summary>Pages of neighbours are stored in one go, in memory and through a file: nothing but the speed tells.</summary>
public sealed class PageRunTests
{
    private const int PageBytes = 1024;
    private const int Pages = 16;
    private const byte Poison = 0xaa;

    // Runs up, a gap, a run down, a page twice, another block in between, the block's last page.
    private static readonly (string Block, int Page)[] Order =
    [
        ("ram", 0), ("ram", 1), ("ram", 2), ("ram", 4), ("ram", 5), ("ram", 9), ("ram", 8), ("ram", 7), ("ram", 7), ("ram", 8),
        ("rom", 9), ("rom", 10), ("ram", 11), ("ram", 14), ("ram", 15),
    ];

    private static MachineProfile Machine => MachineProfile.None(
        new RamBlockDescription { Name = "ram", LengthBytes = Pages * PageBytes },
        new RamBlockDescription { Name = "rom", LengthBytes = Pages * PageBytes }) with
    {
        PageSizeBytes = PageBytes,
    };

    [Theory]
    [InlineData(false, Delivery.Lent)]
    [InlineData(false, Delivery.Whole)]
    [InlineData(true, Delivery.Lent)]
    [InlineData(true, Delivery.Whole)]
    [InlineData(true, Delivery.ByteByByte)]
    public async Task Stream_cut_in_any_record_leaves_every_whole_page_and_no_other(bool writtenThrough, Delivery delivery)
    {
        byte[] head = new StreamBuilder().Header().Configuration().RamStart().ToArray();
        StreamBuilder records = new();
        List<long> ends = [];
        string block = "";
        for (int i = 0; i < Order.Length; i++)
        {
            records.Page((ulong)(Order[i].Page * PageBytes), Content(i), Order[i].Block == block ? null : Order[i].Block);
            block = Order[i].Block;
            ends.Add(records.Length);
        }
        // Inside each record's header and page, and on both sides of its end.
        int[] cuts = [.. ends.SelectMany(end => (int[])[-PageBytes - 3, -PageBytes, -1, 0, 1], (end, by) => (int)end + by)];
        foreach (int length in cuts.Where(cut => cut <= records.Length))
        {
            int whole = ends.FindLastIndex(end => end <= length) + 1;
            using TestKit.Destination destination = new(Machine, poison: Poison, writtenThrough: writtenThrough);
            await destination.LoadAsync([.. head, .. records.ToArray().AsSpan(0, length)], delivery);

            Assert.Equal(StreamErrorCode.Truncated, destination.Migration.State.Error?.Code);
            Assert.Equal((length, whole), (length, destination.Statistics.NormalPages));
            Assert.Equal(Order.Take(whole).Distinct().Count(), destination.Statistics.UniquePages);
            AssertHolds(destination, whole);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Run_that_leaves_its_block_fails_at_the_record_that_does(bool writtenThrough)
    {
        StreamBuilder stream = new StreamBuilder().Header().Configuration().RamStart()
            .Page((Pages - 2) * PageBytes, Content(1), "ram").Page((Pages - 1) * PageBytes, Content(2));
        long bad = stream.Length;
        using TestKit.Destination destination = new(Machine, poison: Poison, writtenThrough: writtenThrough);

        await destination.LoadAsync(stream.Page(Pages * PageBytes, Content(3)).ToArray());

        StreamError error = Assert.IsType<StreamError>(destination.Migration.State.Error);
        Assert.Equal((StreamErrorCode.OffsetOutOfRange, bad), (error.Code, error.OffsetBytes));
        Assert.Equal(2, destination.Statistics.NormalPages);
        Assert.Equal(Content(2), destination.Ram()[^PageBytes..]);
        Assert.False(destination.Ram("rom").AsSpan().ContainsAnyExcept(Poison));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Packet_of_runs_puts_each_page_in_its_place(bool writtenThrough, bool inPlace)
    {
        ulong[] places = [0x0, 0x1000, 0x2000, 0x9000, 0x8000, 0x7000, 0x5000, 0xff000, 0x6000];
        byte[] payload = [.. places.SelectMany((_, i) => Enumerable.Repeat((byte)(i + 1), 4096))];
        MigrationCapabilities capabilities = new();
        capabilities.Set("multifd", true);
        foreach (int cut in (int[])[0, 1, 4095, 4096, 4097, 5 * 4096, payload.Length])
        {
            using TestKit.Destination destination = new(CraftedStreams.Machine, capabilities, Poison, writtenThrough: writtenThrough);
            byte[] channel = [.. Initial(0), .. Packet(normal: places, payload: payload[..^cut], payloadBytes: (uint)payload.Length)];

            await destination.LoadAsync(
                new ArrayChannel(Main()) { Listening = true },
                // Only the initial packet is read ahead.
                new ArrayChannel(cut == 0 ? [.. channel, .. Sync()] : channel, Delivery.Split, MultifdInitialPacket.SizeBytes)
                {
                    Listening = true,
                    InPlace = inPlace,
                },
                new ArrayChannel([.. Initial(1), .. Sync()]) { Listening = true });

            int whole = places.Length - ((cut + 4095) / 4096);
            Assert.Equal(cut == 0 ? null : StreamErrorCode.Truncated, destination.Migration.State.Error?.Code);
            Assert.Equal((cut, whole, whole), (cut, destination.Statistics.NormalPages, destination.Statistics.UniquePages));
            byte[] ram = destination.Ram();
            for (int i = 0; i < whole; i++)
                Assert.False(ram.AsSpan((int)places[i], 4096).ContainsAnyExcept((byte)(i + 1)));
            Assert.All(places[whole..], place => Assert.False(destination.Memory.Blocks[0].Received[(long)place / 4096]));
            Assert.False(ram.AsSpan(0x3000, 0x2000).ContainsAnyExcept(Poison));
        }
    }

    private static byte[] Content(int record) => [.. Enumerable.Repeat((byte)(record + 1), PageBytes)];

    private static void AssertHolds(TestKit.Destination destination, int records)
    {
        foreach (string block in (string[])["ram", "rom"])
        {
            byte[] expected = [.. Enumerable.Repeat(Poison, Pages * PageBytes)];
            for (int i = 0; i < records; i++)
            {
                if (Order[i].Block == block)
                    Content(i).CopyTo(expected, Order[i].Page * PageBytes);
            }
            Assert.Equal(expected, destination.Ram(block));
        }
    }
}
