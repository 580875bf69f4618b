using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Statistics;
using Simulation.Engine.Choices;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.MappedRam;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>The migration thread: rounds, pace, counters; and what it sends is what its guest had when it stopped.</summary>
public class PrecopyTests
{
    [Fact]
    public void Slow_limit_cuts_a_part_after_32_pages()
    {
        GuestModel guest = new(new RamBlockLayout("m0", 128 * GuestRam.UsualPageBytes));
        guest.Fill(new ContentMix(0, 1, 0, 0, 0), 1);
        SourceOptions options = new() { MaxBandwidth = 200_000, DowntimeLimit = 0 };
        (SourceStatistics statistics, byte[] stream) = Record(guest, options);
        Assert.Equal([32, 32, 32, 32], PagesOfParts(stream));
        Assert.InRange(statistics.TotalTime, 300, 499);
    }

    /// <summary>
    /// What pc-xbzrle shows at this limit: pages referred to fill a vector, 32 a flush and 128 a window; pages copied from the
    /// cache fill 32 KiB, 104 a window.
    /// </summary>
    [Fact]
    public void Pages_from_the_cache_are_cut_elsewhere_than_pages_of_the_guest()
    {
        GuestModel guest = new(new RamBlockLayout("m0", 1024 * GuestRam.UsualPageBytes));
        guest.Fill(new ContentMix(0, 1, 0, 0, 0), 1);
        SourceOptions options = new() { Xbzrle = true, MaxBandwidth = 4 << 20, DowntimeLimit = 1 };
        (_, byte[] stream) = RecordRounds(guest, options, 1, _ =>
        {
            for (int page = 0; page < guest.Ram.PageCount; page++)
                guest.Ram.Writable(page)[9] ^= 1;
        });
        int[] pages = [.. PagesOfParts(stream)];
        Assert.Equal(Enumerable.Repeat(128, 8), pages.Take(8));
        Assert.Equal(Enumerable.Repeat(104, 9), pages.Skip(8).Take(9));
    }

    [Fact]
    public void Cache_keeps_a_young_page_and_gives_up_an_old_one()
    {
        XbzrleCache cache = new(4 * GuestRam.UsualPageBytes);
        byte[] content = new byte[GuestRam.UsualPageBytes];
        Assert.True(cache.TryInsert(1, content, generation: 5));
        Assert.False(cache.TryInsert(5, content, generation: 6));
        Assert.True(cache.TryGet(1, generation: 6, out _));
        Assert.False(cache.TryInsert(5, content, generation: 7));
        Assert.True(cache.TryInsert(5, content, generation: 8));
        Assert.False(cache.TryGet(1, generation: 8, out _));
        Assert.True(cache.TryInsert(2, content, generation: 8));
    }

    [Fact]
    public void Xbzrle_counts_misses_hits_skips_and_overflows()
    {
        GuestModel guest = new(new RamBlockLayout("m0", 4 * GuestRam.UsualPageBytes));
        guest.Fill(new ContentMix(0, 1, 0, 0, 0), 1);
        using MigrationSource source = new(
            guest, SourceMachine.None(), new() { Xbzrle = true, MaxBandwidth = 8 << 20, DowntimeLimit = 1 });
        // All pages are new to the cache; then one changes a little, one not at all and one throughout.
        Action<GuestRam>[] rounds =
        [
            ram => Change(ram, 0, 1, 2, 3),
            ram => { Change(ram, 0); Alternate(ram.Writable(2)); },
        ];
        int[][] written = [[0, 1, 2, 3], [0, 1, 2]];
        int round = 0;
        StreamRecorder recorder = new() { LinkBytesPerSecond = 1 << 20 };
        while (round < rounds.Length && source.MoveNext())
        {
            source.Main.Drain();
            source.Now += 100_000_000;
            if (source.Statistics.Remaining != 0 || source.Current.Wait != SourceWait.Flush || source.Status != SourceStatus.Active)
                continue;
            rounds[round](guest.Ram);
            foreach (int page in written[round++])
                guest.DirtyLog.Set(page);
        }
        recorder.Record(source);
        SourceStatistics statistics = source.Statistics;
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Equal(4, statistics.XbzrleCacheMiss);
        Assert.Equal(3, statistics.XbzrlePages);
        Assert.Equal((1, 1), (statistics.XbzrleRecords, statistics.XbzrleOverflow));
        Assert.Equal(4 + 4 + 1, statistics.Normal);
        Assert.Equal(6 + GuestRam.UsualPageBytes, statistics.XbzrleBytes);
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    /// <summary>O1 of section 8.5, and V6: any guest, any options of one channel.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Destination_has_the_ram_and_the_counts_of_the_source(int seed)
    {
        Prng random = new((ulong)seed);
        (GuestModel guest, SourceOptions options) = Draw(random);
        (SourceStatistics sent, byte[] stream) = Record(guest, options, 20 << 20);
        using Destination destination = new(MachineProfile.None([.. guest.Ram.Blocks.Select(block =>
            new RamBlockDescription { Name = block.Name, LengthBytes = block.Layout.LengthBytes })]), poison: 0xa5);
        await destination.LoadAsync(stream);
        Assert.Null(destination.Migration.State.Error?.Message);
        Assert.Equal(MigrationStatus.Completed, destination.Status);
        foreach (GuestBlock block in guest.Ram.Blocks)
        {
            byte[] expected = new byte[block.Layout.LengthBytes];
            guest.Ram.CopyTo(block, expected);
            ByteExactTests.AssertSame(expected, destination.Ram(block.Name));
        }
        MigrationStatistics received = destination.Statistics;
        Assert.Equal((sent.Normal, sent.Duplicate, sent.XbzrleRecords, sent.Transferred),
            (received.NormalPages, received.ZeroPages, received.XbzrlePages, (long)stream.Length));
        Assert.True(sent.XbzrlePages >= sent.XbzrleRecords + sent.XbzrleOverflow);
    }

    /// <summary>Fault 21 of section 9.2: a page that turns zero and back is no delta of what it was before.</summary>
    [Fact]
    public async Task Page_that_turns_zero_and_back_arrives()
    {
        const int Pages = 128;
        GuestModel guest = new(new RamBlockLayout("m0", Pages * GuestRam.UsualPageBytes));
        guest.Fill(new ContentMix(0, 1, 0, 0, 0), 1);
        int frame = PageLibrary.Frame(PageKind.Text, 5);
        int[] pageZero = [frame, 0, frame];
        SourceOptions options = new() { Xbzrle = true, MaxBandwidth = 1 << 20, DowntimeLimit = 3 };
        (SourceStatistics sent, byte[] stream) = RecordRounds(guest, options, pageZero.Length, round =>
        {
            guest.Ram.Assign(0, pageZero[round]);
            for (int page = 1; page < Pages; page++)
                Alternate(guest.Ram.Writable(page));
        });
        Assert.True(sent.DirtySyncCount > pageZero.Length, "the rounds were not sent one by one");
        using Destination destination = new(MachineProfile.None(
            new RamBlockDescription { Name = "m0", LengthBytes = Pages * GuestRam.UsualPageBytes }));
        await destination.LoadAsync(stream);
        byte[] expected = new byte[Pages * GuestRam.UsualPageBytes];
        guest.Ram.CopyTo(guest.Ram.Blocks[0], expected);
        ByteExactTests.AssertSame(expected, destination.Ram("m0"));
    }

    /// <summary>Fault 42 of section 9.2: the bit of a page that has turned zero is cleared.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void File_has_a_bit_for_each_page_that_is_not_zero(bool multifd)
    {
        GuestModel guest = new(new RamBlockLayout("m0", 128 * GuestRam.UsualPageBytes));
        guest.Fill(ContentMix.Typical, 1);
        guest.Start(new(DirtyPattern.ZeroFlips, 2000) { WorkingSetPages = 128, EndNanoseconds = 500_000_000 }, 2, 0);
        SourceOptions options = new() { MappedRam = true, Multifd = multifd, MaxBandwidth = 1 << 20, DowntimeLimit = 3 };
        FileImage file = new();
        using MigrationSource source = new(guest, SourceMachine.None(), options, file);
        SourceStatistics sent = new StreamRecorder { LinkBytesPerSecond = 4 << 20 }.Record(source);
        Assert.True(sent.DirtySyncCount > 2, "no page came again");
        ReadOnlySpan<byte> content = file.Content.Span;
        const int Bitmap = 0x80;
        const int Pages = 1 << 20;
        for (int page = 0; page < 128; page++)
        {
            bool written = (content[Bitmap + page / 8] >> page % 8 & 1) != 0;
            Assert.Equal(!guest.Ram.IsZero(page), written);
            Assert.True(!written || content.Slice(Pages + page * GuestRam.UsualPageBytes, GuestRam.UsualPageBytes)
                .SequenceEqual(guest.Ram.Page(page)));
        }
    }

    [Fact]
    public void Same_seed_gives_the_same_stream()
    {
        byte[][] streams = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            (GuestModel guest, SourceOptions options) = Draw(new Prng(42));
            return Record(guest, options).Stream;
        })];
        ByteExactTests.AssertSame(streams[0], streams[1]);
        (GuestModel other, SourceOptions others) = Draw(new Prng(43));
        Assert.NotEqual(streams[0], Record(other, others).Stream);
    }

    [Fact]
    public void Shut_with_1_fails_the_source()
    {
        using MigrationSource source = new(new(new RamBlockLayout("m0", 1 << 20)), SourceMachine.None(), new() { ReturnPath = true });
        while (source.MoveNext() && source.Current.Wait != SourceWait.ReturnPath)
            source.Main.Drain();
        Assert.Equal(SourceStatus.Device, source.Status);
        source.Receive(Qemu.Migration.Wire.ReturnPathMessageType.Shut, 1);
        Assert.False(source.MoveNext());
        Assert.Equal(SourceStatus.Failed, source.Statistics.Status);
        Assert.NotNull(source.Statistics.ErrorDescription);
    }

    [Theory]
    [InlineData(true, true, false, false)]
    [InlineData(false, false, true, false)]
    [InlineData(false, true, false, true)]
    public void Options_a_real_source_refuses_are_refused(bool xbzrle, bool multifd, bool switchoverAck, bool zlibIntoAFile)
    {
        SourceOptions options = new()
        {
            Xbzrle = xbzrle, Multifd = multifd, SwitchoverAck = switchoverAck, MappedRam = zlibIntoAFile,
            MultifdCompression = Simulation.Source.Multifd.MultifdCompression.Zlib,
        };
        Assert.Throws<ArgumentException>(options.Validate);
    }

    private static (GuestModel Guest, SourceOptions Options) Draw(Prng random)
    {
        RamBlockLayout[] blocks = [.. Enumerable.Range(0, 1 + random.NextInt(3))
            .Select(i => new RamBlockLayout($"block{i}", (1L + random.NextInt(200)) * GuestRam.UsualPageBytes))];
        GuestModel guest = new(blocks);
        guest.Fill(random.NextInt(4) == 0 ? ContentMix.AllZero : ContentMix.Typical, random.NextUInt64());
        GuestWorkload workload = new((DirtyPattern)random.NextInt(5), random.NextInt(20_000))
        {
            WorkingSetPages = 1 + random.NextInt(100), BytesPerWrite = 1 + random.NextInt(4096),
            EndNanoseconds = (long)random.NextInt(3000) * 1_000_000,
        };
        guest.Start(workload, random.NextUInt64(), 0);
        return (guest, new()
        {
            Xbzrle = random.NextInt(2) == 0, XbzrleCacheSize = 1L << (12 + random.NextInt(12)),
            MaxBandwidth = random.NextInt(3) == 0 ? 0 : 1 << (18 + random.NextInt(8)),
            DowntimeLimit = 1 + random.NextInt(300), ReturnPath = random.NextInt(2) == 0,
            ZeroPageDetection = (ZeroPageDetection)random.NextInt(3),
        });
    }

    private static (SourceStatistics Statistics, byte[] Stream) Record(
        GuestModel guest, SourceOptions options, long linkBytesPerSecond = 100 << 20)
    {
        using MigrationSource source = new(guest, SourceMachine.None(), options);
        StreamRecorder recorder = new() { LinkBytesPerSecond = linkBytesPerSecond };
        SourceStatistics statistics = recorder.Record(source);
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        return (statistics, recorder.Main.ToArray());
    }

    // The guest writes whenever the source has sent all it knows of, for some rounds; all its pages are logged as written.
    private static (SourceStatistics Statistics, byte[] Stream) RecordRounds(
        GuestModel guest, SourceOptions options, int rounds, Action<int> write)
    {
        using MigrationSource source = new(guest, SourceMachine.None(), options);
        List<byte> stream = [];
        int round = 0;
        long seen = 0;
        while (source.MoveNext())
        {
            stream.AddRange(source.Main.Pending.Span);
            source.Main.Drain();
            source.Now = Math.Max(source.Now, source.Current.UntilNanoseconds);
            if (round == rounds || source.Statistics.Remaining != 0 || source.Statistics.DirtySyncCount == seen)
                continue;
            seen = source.Statistics.DirtySyncCount;
            write(round++);
            guest.DirtyLog.SetRange(0, guest.Ram.PageCount);
        }
        Assert.Equal((SourceStatus.Completed, rounds), (source.Status, round));
        return (source.Statistics, [.. stream]);
    }

    private static void Change(GuestRam ram, params int[] pages)
    {
        foreach (int page in pages)
            ram.Writable(page)[9] ^= 1;
    }

    private static void Alternate(Span<byte> page)
    {
        for (int i = 0; i < page.Length; i += 2)
            page[i] ^= 0xff;
    }

    // PAGE records of each PART with any, of a guest with one block without zero pages.
    private static List<int> PagesOfParts(byte[] stream)
    {
        List<int> pages = [];
        byte[] part = [2, 0, 0, 0, 1, 0, 0, 0, 0];
        int end = stream.AsSpan().LastIndexOf(new byte[] { 8, 0, 11, 0, 0 });
        int at = stream.AsSpan().IndexOf(part);
        while (at >= 0 && at < end)
        {
            int next = stream.AsSpan(at + 1).IndexOf(part) is var found and >= 0 ? at + 1 + found : end;
            int count = (next - at) / GuestRam.UsualPageBytes;
            if (count > 0)
                pages.Add(count);
            at = next;
        }
        return pages;
    }
}
