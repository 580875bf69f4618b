using System.IO.Compression;
using Simulation.Oracle;
using static Oracle.Tests.Bytes;
using static Simulation.Oracle.OracleFaultKind;

namespace Oracle.Tests;

/// <summary>What several connections make of RAM together (stream reference, section 4).</summary>
public sealed class MultifdTests
{
    [Fact]
    public void Packets_write_zero_and_normal_pages_and_count_them_by_channel()
    {
        byte[] packet = Packet(normal: [PageSize, 0], zero: [2 * PageSize], payload: Join(Page(1), Page(2)));
        OracleVerdict verdict =
            Read(Flushes(2), Join(Sync, packet, Sync), Join(Sync, Packet(zero: [3 * PageSize]), Sync));

        AssertAccepted(verdict);
        Assert.Equal([new OracleCounters(2, 1), new OracleCounters(0, 1)], verdict.ChannelCounters);
        Assert.Equal(Join(Page(2), Page(1), Page(0), Page(0)), verdict.Ram["ram"].ToArray());
        Assert.Equal(4, verdict.Ram["ram"].ReceivedPages);
        int firstPageEnd = 64 + Sync.Length + packet.Length - PageSize;
        Assert.Equal(new OracleCounters(0, 1), verdict.ChannelCountersAt(0, firstPageEnd - 1));
        Assert.Equal(new OracleCounters(1, 1), verdict.ChannelCountersAt(0, firstPageEnd));
    }

    [Fact]
    public void Pages_in_a_sync_packet_come_before_the_synchronisation()
    {
        OracleVerdict verdict = Read(Flushes(1), Packet(flags: 1, normal: [0], payload: Page(1)), Sync);

        AssertAccepted(verdict);
        Assert.Equal(0, verdict.Ram["ram"].AmbiguousPages);
        Assert.Equal(1, verdict.Ram["ram"].Page(0)[0]);
    }

    [Fact]
    public void Later_epoch_overwrites_an_earlier_one_whatever_the_channel()
    {
        OracleVerdict verdict = Read(
            Flushes(2),
            Join(Sync, Packet(normal: [0], payload: Page(2)), Sync),
            Join(Packet(normal: [0], payload: Page(1)), Sync, Sync));

        AssertAccepted(verdict);
        Assert.Equal(2, verdict.Ram["ram"].Page(0)[0]);
        Assert.False(verdict.Ram["ram"].IsAmbiguous(0));
    }

    [Fact]
    public void Page_written_by_two_channels_in_one_epoch_is_ambiguous_until_written_again()
    {
        byte[] packet = Packet(zero: [0, PageSize]);
        byte[] again = Packet(zero: [0]);
        OracleVerdict verdict = Read(Flushes(2), Join(packet, Sync, again, Sync), Join(packet, Sync, Sync));

        AssertAccepted(verdict);
        Assert.False(verdict.Ram["ram"].IsAmbiguous(0));
        Assert.True(verdict.Ram["ram"].IsAmbiguous(1));
        Assert.False(verdict.Ram["ram"].IsAmbiguous(2));
    }

    [Fact]
    public void Page_written_by_main_and_a_channel_in_one_epoch_is_ambiguous()
    {
        byte[] main = Join(Begin, Ram(ZeroRecord(0), Flush, ZeroRecord(PageSize), Flush), End);
        OracleVerdict verdict = Read(main, Join(Packet(zero: [0, PageSize]), Sync, Sync), Join(Sync, Sync));

        AssertAccepted(verdict);
        Assert.True(verdict.Ram["ram"].IsAmbiguous(0));
        Assert.False(verdict.Ram["ram"].IsAmbiguous(1));
    }

    [Fact]
    public void Page_twice_in_a_packet_is_no_harm()
    {
        OracleVerdict verdict =
            Read(Flushes(1), Join(Packet(normal: [0, 0], zero: [0], payload: Join(Page(1), Page(2))), Sync), Sync);

        AssertAccepted(verdict);
        Assert.Equal(2, verdict.Ram["ram"].Page(0)[0]);
        Assert.False(verdict.Ram["ram"].IsAmbiguous(0));
    }

    [Fact]
    public void Pages_after_the_last_synchronisation_may_or_may_not_arrive()
    {
        OracleVerdict verdict = Read(Flushes(1), Join(Sync, Packet(zero: [0])), Sync);

        AssertAccepted(verdict);
        Assert.True(verdict.Ram["ram"].IsAmbiguous(0));
    }

    [Fact]
    public void Fault_after_the_last_synchronisation_may_or_may_not_be_noticed()
    {
        OracleVerdict verdict = Read(Flushes(1), Join(Sync, Packet(magic: 1)), Sync);

        Assert.Equal(MultifdPacketMagic, verdict.Fault?.Kind);
        Assert.True(verdict.OutcomeDependsOnTiming);
    }

    // Found by the referee's seed 477.
    [Fact]
    public void Guest_of_a_migration_that_timing_decides_runs_where_it_completes()
    {
        byte[] main = Join(Begin, Start(3, "globalstate", 1, GlobalState("paused")), Ram(Flush), End);
        OracleVerdict verdict = Read(main, Join(Sync, Packet(magic: 1)), Sync);

        Assert.Equal((true, "paused"), (verdict.OutcomeDependsOnTiming, verdict.FinalRunState));
    }

    [Fact]
    public void Extra_synchronisations_of_the_channels_are_harmless()
    {
        OracleVerdict verdict = Read(Flushes(1), Join(Sync, Sync, Sync), Join(Sync, Sync));

        AssertAccepted(verdict);
        Assert.Equal(64 + 2 * Sync.Length, verdict.ChannelBytesConsumed[0]);
    }

    // Found by the differential target: figures may or may not count what a channel brings behind its last meeting.
    [Fact]
    public void Bytes_behind_the_last_synchronisation_are_told_apart()
    {
        OracleVerdict verdict = Read(Flushes(1), Join(Packet(zero: [0]), Sync, Packet(zero: [0x1000])), Sync);

        AssertAccepted(verdict);
        long met = 64 + Packet(zero: [0]).Length + Sync.Length;
        Assert.Equal([met, 64 + Sync.Length], verdict.ChannelBytesMet);
        Assert.Equal(met + Packet(zero: [0x1000]).Length, verdict.ChannelBytesConsumed[0]);
        Assert.Equal((1, 2), (verdict.ChannelCountersAt(0, met).Zero, verdict.ChannelCounters[0].Zero));
        Assert.Equal([new(0, 1), default], verdict.ChannelCountersMet);
    }

    [Fact]
    public void Legacy_destination_synchronises_at_every_end_of_section()
    {
        byte[] main = Join(Begin, Ram(), Part(1, Eos), End);
        OracleInput input = Input(main, Join(Sync, Packet(zero: [0]), Sync), Join(Sync, Sync));
        OracleVerdict verdict = new OracleReader().Read(
            input with { Machine = input.Machine with { MultifdFlushAfterEachSection = true } });

        AssertAccepted(verdict);
        Assert.Equal(0, verdict.Ram["ram"].AmbiguousPages);
    }

    [Fact]
    public void Faults_of_main_and_of_a_channel_in_one_epoch_may_both_come_first()
    {
        OracleVerdict verdict = Read(Join(Begin, [9]), Packet(magic: 1), Packet(version: 2));

        Assert.Equal(
            [UnknownSectionType, MultifdPacketMagic, MultifdPacketVersion],
            verdict.Faults.Select(fault => fault.Kind));
    }

    [Fact]
    public void Fault_behind_a_synchronisation_that_main_never_met_is_not_met_either()
    {
        OracleVerdict verdict = Read(Join(Begin, [9]), Join(Sync, Packet(magic: 1)), Sync);

        Assert.Equal([UnknownSectionType], verdict.Faults.Select(fault => fault.Kind));
    }

    [Fact]
    public void Fault_of_a_channel_ends_a_migration_that_waits_on_main()
    {
        OracleInput input = Input([], Packet(magic: 1), Sync);
        OracleVerdict verdict =
            new OracleReader().Read(input with { Main = new OracleConnection(Begin, Ended: false) });

        Assert.Equal(MultifdPacketMagic, verdict.Fault?.Kind);
    }

    [Fact]
    public void Missing_and_silent_channels_are_waited_for()
    {
        OracleInput input = Input(Flushes(1), Sync, Sync);
        OracleInput missing = input with { Channels = [input.Channels[0]] };
        OracleInput silent =
            input with { Channels = [input.Channels[0], new OracleConnection(Initial(1), Ended: false)] };

        Assert.Equal((OracleOutcome.Pending, 2), Waiting(missing));
        Assert.Equal((OracleOutcome.Pending, 2), Waiting(silent));
    }

    // Found by seed 91058826712795.
    [Fact]
    public void Channels_without_a_main_connection_are_not_read_behind_their_initial_packets()
    {
        OracleInput input = Input(Flushes(1), Packet(flags: 0x80000000, normal: [1]), Sync);
        OracleInput alone = input with { Main = new OracleConnection(default, Ended: false) };

        Assert.Equal((OracleOutcome.Failed, null), Waiting(input));
        Assert.Equal((OracleOutcome.Pending, 0), Waiting(alone));
    }

    [Fact]
    public void Channel_too_many_fails_while_main_is_missing_and_is_refused_when_it_is_there()
    {
        OracleInput input = Input(Flushes(1), Sync, Sync);
        input = input with { Channels = [.. input.Channels, new OracleConnection(Initial(1))] };

        AssertAccepted(new OracleReader().Read(input));
        OracleVerdict verdict = new OracleReader().Read(input with { Main = new OracleConnection(default, Ended: false) });
        Assert.Equal((MultifdChannelIdDuplicate, 3), (verdict.Fault?.Kind, verdict.Fault?.Connection));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Channel_cut_in_its_initial_packet_beside_enough_others_may_or_may_not_be_noticed(bool failsAnyway)
    {
        byte[] main = failsAnyway ? Begin : Join(Begin, Ram(Flush), End);
        OracleVerdict verdict = new OracleReader().Read(Input(main, Sync, Sync) with
        {
            Channels = [new(Initial(0)[..57]), new(Join(Initial(0), Sync)), new(Join(Initial(1), Sync))],
        });

        Assert.Equal(OracleOutcome.Failed, verdict.Outcome);
        Assert.Equal(!failsAnyway, verdict.OutcomeDependsOnTiming);
        Assert.Contains(verdict.Faults, fault => fault is { Kind: Truncated, Connection: 1 });
        Assert.Equal(failsAnyway, verdict.Faults.Any(fault => fault.Connection == 0));
    }

    [Fact]
    public void Channel_that_breaks_has_no_good_end()
    {
        OracleInput input = Input(Flushes(1), Sync, Sync);
        OracleInput broken = input with { Channels = [input.Channels[0], input.Channels[1] with { Broken = true }] };

        AssertAccepted(new OracleReader().Read(input));
        OracleVerdict verdict = new OracleReader().Read(broken);
        Assert.Equal((Truncated, 2), (verdict.Fault?.Kind, verdict.Fault?.Connection));
    }

    [Fact]
    public void Channels_may_connect_in_any_order()
    {
        OracleInput input = Input(Flushes(1), Sync, Sync);

        AssertAccepted(new OracleReader().Read(input with { Channels = [input.Channels[1], input.Channels[0]] }));
    }

    [Fact]
    public void Bytes_behind_the_pages_of_a_zlib_payload_harm_only_later_pages()
    {
        byte[] two = Deflate(Page(1), Page(5));
        byte[] trailing = Packet(flags: 2, normal: [0], payload: two);
        byte[] next = Packet(flags: 2, normal: [PageSize], payload: two);

        AssertAccepted(Read(OracleCompression.Zlib, Flushes(1), Join(trailing, Sync), Sync));
        Assert.Equal(
            MultifdDecompress, Read(OracleCompression.Zlib, Flushes(1), Join(trailing, next, Sync), Sync).Fault?.Kind);
    }

    [Fact]
    public void End_of_the_zlib_stream_is_an_error()
    {
        using MemoryStream bytes = new();
        using (ZLibStream stream = new(bytes, CompressionLevel.Fastest, leaveOpen: true))
            stream.Write(Page(1));
        byte[] packet = Packet(flags: 2, normal: [0], payload: bytes.ToArray());

        Assert.Equal(MultifdDecompress, Read(OracleCompression.Zlib, Flushes(1), Join(packet, Sync), Sync).Fault?.Kind);
    }

    [Fact]
    public void Zstd_payload_is_judged_like_a_zlib_one()
    {
        using ZstdSharp.Compressor compressor = new();
        byte[] packed = compressor.Wrap(Page(1)).ToArray();
        byte[] good = Packet(flags: 4, normal: [0], payload: packed);
        byte[] cut = Packet(flags: 4, normal: [0], payload: packed[..^2]);
        byte[] garbage = Packet(flags: 4, normal: [0], payload: Page(0xff)[..100]);

        OracleVerdict verdict = Read(OracleCompression.Zstd, Flushes(1), Join(good, Sync), Sync);
        AssertAccepted(verdict);
        Assert.Equal(Page(1), verdict.Ram["ram"].Page(0).ToArray());
        Assert.Equal(
            MultifdDecompressTooShort, Read(OracleCompression.Zstd, Flushes(1), Join(cut, Sync), Sync).Fault?.Kind);
        Assert.Equal(
            MultifdDecompress, Read(OracleCompression.Zstd, Flushes(1), Join(garbage, Sync), Sync).Fault?.Kind);
    }

    private static (OracleOutcome Outcome, int? Connection) Waiting(OracleInput input)
    {
        OracleVerdict verdict = new OracleReader().Read(input);
        return (verdict.Outcome, verdict.WaitingForConnection);
    }

    private static void AssertAccepted(OracleVerdict verdict)
    {
        Assert.Null(verdict.Fault);
        Assert.Equal((OracleOutcome.Accepted, false), (verdict.Outcome, verdict.OutcomeDependsOnTiming));
    }

    /// <summary>A main stream with a number of synchronisations.</summary>
    private static byte[] Flushes(int count) => Join(Begin, Ram([.. Enumerable.Repeat(Flush, count)]), End);

    private static byte[] Deflate(params byte[][] pages)
    {
        using MemoryStream bytes = new();
        using ZLibStream stream = new(bytes, CompressionLevel.Fastest, leaveOpen: true);
        stream.Write(Join(pages));
        stream.Flush();
        return bytes.ToArray();
    }

    private static OracleInput Input(byte[] main, byte[] first, byte[] second) => new()
    {
        Machine = OracleMachine.None(new OracleBlock("ram", 4 * PageSize)),
        Capabilities = ["multifd"],
        Main = new OracleConnection(main),
        Channels = [new OracleConnection(Join(Initial(0), first)), new OracleConnection(Join(Initial(1), second))],
        PoisonByte = 0xa5,
    };

    private static OracleVerdict Read(byte[] main, byte[] first, byte[] second) =>
        new OracleReader().Read(Input(main, first, second));

    private static OracleVerdict Read(OracleCompression compression, byte[] main, byte[] first, byte[] second) =>
        new OracleReader().Read(Input(main, first, second) with { MultifdCompression = compression });
}
