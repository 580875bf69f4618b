using System.IO.Compression;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;
using static TestKit.MultifdStreams;

namespace Destination.Tests;

/// <summary>Multifd sessions of two channels: every error of sections 4.2 to 4.5, every way a channel can stay away.</summary>
public sealed class MultifdTests
{
    private static readonly byte[] PageOne = [.. Enumerable.Repeat((byte)0x11, 4096)];

    public sealed record Session(string Name, StreamErrorCode Code, byte[] Channel0, string Compression = "none")
    {
        public override string ToString() => Name;
    }

    public static IReadOnlyList<Session> Malformed { get; } =
    [
        new("initial version", StreamErrorCode.MultifdVersion, Initial(0, version: 2)),
        new("initial uuid", StreamErrorCode.MultifdUuid, Initial(0, uuid: Guid.AllBitsSet)),
        new("id equals the number of channels", StreamErrorCode.MultifdChannelId, Initial(2)),
        new("id far beyond", StreamErrorCode.MultifdChannelId, Initial(255)),
        new("id taken", StreamErrorCode.MultifdChannelDuplicate, Initial(1)),
        new("initial cut", StreamErrorCode.Truncated, Initial(0)[..63]),
        Bad("magic", StreamErrorCode.MultifdMagic, Packet(magic: 1)),
        Bad("version", StreamErrorCode.MultifdVersion, Packet(version: 0)),
        Bad("header cut", StreamErrorCode.Truncated, Packet()[..100]),
        Bad("common header cut", StreamErrorCode.Truncated, Packet()[..5]),
        Bad("too many pages allocated", StreamErrorCode.MultifdPageCount, Packet(allocated: 129)),
        Bad("more normal than allocated", StreamErrorCode.MultifdPageCount, Packet(allocated: 1, normalCount: 2)),
        Bad("more zero than left", StreamErrorCode.MultifdPageCount, Packet(allocated: 2, normalCount: 1, zeroCount: 2)),
        Bad("counts that overflow", StreamErrorCode.MultifdPageCount, Packet(normalCount: 1, zeroCount: uint.MaxValue)),
        Bad("unknown block", StreamErrorCode.UnknownBlock, Packet(zero: [0], block: "rom")),
        Bad("offset beyond", StreamErrorCode.OffsetOutOfRange, Packet(zero: [CraftedStreams.RamBytes])),
        Bad("offset huge", StreamErrorCode.OffsetOutOfRange, Packet(normal: [ulong.MaxValue & ~4095UL], payload: PageOne)),
        Bad("offset unaligned", StreamErrorCode.MultifdOffsetUnaligned, Packet(normal: [0x800], payload: PageOne)),
        Bad("compressed where none is", StreamErrorCode.MultifdCompression, Packet(MultifdPacket.FlagZlib, normal: [0], payload: PageOne)),
        Bad("device state", StreamErrorCode.MultifdDeviceState, Packet(MultifdPacket.FlagDeviceState)),
        Bad("payload cut", StreamErrorCode.Truncated, Packet(normal: [0], payload: PageOne[..4000])),
        Bad("plain where zlib is", StreamErrorCode.MultifdCompression, Packet(normal: [0], payload: PageOne), "zlib"),
        Bad("zlib payload of 2 MiB", StreamErrorCode.MultifdPayloadSize, Packet(MultifdPacket.FlagZlib, normal: [0], payloadBytes: 2 << 20), "zlib"),
        Bad("zlib payload for no page", StreamErrorCode.MultifdPayloadSize, Packet(MultifdPacket.FlagZlib, zero: [0], payload: [1]), "zlib"),
        Bad("zlib garbage", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZlib, normal: [0], payload: PageOne), "zlib"),
        Bad("zlib with a preset dictionary", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZlib, normal: [0], payload: [0x78, 0x3f, 0, 0, 0, 1, 0]), "zlib"),
        Bad("zlib too short", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZlib, normal: [0], payload: Zlib(PageOne[..4095])), "zlib"),
        Bad("zlib stream ends", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZlib, normal: [0], payload: EndedZlib(PageOne)), "zlib"),
        Bad("zlib page behind a page too many", StreamErrorCode.MultifdDecompression, [
            .. Packet(MultifdPacket.FlagZlib, normal: [0], payload: Zlib([.. PageOne, .. PageOne])),
            .. Packet(MultifdPacket.FlagZlib, normal: [0x1000], payload: Zlib(PageOne)[2..])], "zlib"),
        Bad("zstd garbage", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZstd, normal: [0], payload: PageOne), "zstd"),
        Bad("zstd stream in a zlib session", StreamErrorCode.MultifdCompression, Packet(MultifdPacket.FlagZstd, normal: [0], payload: PageOne), "zlib"),
        Bad("zlib payload cut", StreamErrorCode.Truncated,
            Packet(MultifdPacket.FlagZlib, normal: [0], payload: Zlib(PageOne)[..9], payloadBytes: (uint)Zlib(PageOne).Length), "zlib"),
        Bad("zstd too short", StreamErrorCode.MultifdDecompression, Packet(MultifdPacket.FlagZstd, normal: [0], payload: [0x28, 0xb5, 0x2f, 0xfd]), "zstd"),
        Bad("zstd payload of 2 MiB", StreamErrorCode.MultifdPayloadSize, Packet(MultifdPacket.FlagZstd, normal: [0], payloadBytes: 2 << 20), "zstd"),
        Bad("end before sync", StreamErrorCode.MultifdChannelEnded, []),
    ];

    public static TheoryData<Session> MalformedSessions => [.. Malformed];

    private static Session Bad(string name, StreamErrorCode code, byte[] packet, string compression = "none") =>
        new(name, code, [.. Initial(0), .. packet], compression);

    [Theory]
    [MemberData(nameof(MalformedSessions))]
    public async Task Malformed_channel_fails_the_migration_and_the_source_is_told(Session session)
    {
        using TestKit.Destination destination = Make(session.Compression);
        ArrayChannel main = Listening(Main());

        await destination.LoadAsync(main, Listening([.. Initial(1), .. Sync()]), Listening(session.Channel0));

        Assert.Equal(session.Code, destination.Migration.State.Error?.Code);
        Assert.Equal(MigrationStatus.Failed, destination.Status);
        Assert.Single(destination.Environment.Told, told => told.EndsWith("-> failed", StringComparison.Ordinal));
        Assert.Equal(RunState.InMigrate, destination.Guest.State);
        // Where the main stream was begun, the source learns it as SHUT(1) (L3).
        if (main.Answers.Length > 0)
            Assert.Equal(1, main.Answers[^1]);
    }

    /// <summary>Sessions with a malformed channel 0, beside the single streams: set UPDATE_CORPUS=1 to write them anew.</summary>
    [Fact]
    public void Malformed_corpus_holds_exactly_these_sessions()
    {
        string corpus = Path.Combine(Capture.Root, "corpus", "malformed", "multifd");
        Dictionary<string, byte[]> expected = Malformed.ToDictionary(
            s => $"{s.Code}--{s.Name.Replace(' ', '-')}--{s.Compression}.bin", s => s.Channel0);
        if (Environment.GetEnvironmentVariable("UPDATE_CORPUS") == "1")
        {
            if (Directory.Exists(corpus))
                Directory.Delete(corpus, true);
            Directory.CreateDirectory(corpus);
            foreach (var (name, bytes) in expected)
                File.WriteAllBytes(Path.Combine(corpus, name), bytes);
        }
        Assert.Equal(expected.Keys.Order(), Directory.GetFiles(corpus).Select(f => Path.GetFileName(f)).Order());
        Assert.All(expected, e => Assert.Equal(e.Value, File.ReadAllBytes(Path.Combine(corpus, e.Key))));
    }

    [Fact]
    public async Task Pages_of_all_channels_arrive_and_count_in_any_order_of_connection()
    {
        byte[] pages = [.. PageOne, .. Enumerable.Repeat((byte)0x22, 4096)];
        byte[] zero = [.. Initial(0), .. Packet(normal: [0x1000, 0x3000], zero: [0x5000], payload: pages), .. Sync(), .. Sync()];
        byte[] one = [.. Initial(1), .. Sync(), .. Packet(normal: [0x7000], payload: PageOne), .. Sync()];
        byte[][] streams = [Main(2), zero, one];
        foreach (int[] order in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
        {
            using TestKit.Destination destination = Make("none");
            await destination.LoadAsync([.. order.Select(i => Listening(streams[i]))]);

            Assert.Null(destination.Migration.State.Error?.Message);
            byte[] ram = destination.Ram();
            Assert.Equal((0xaa, 0x11, 0x22, 0, 0x11), (ram[0], ram[0x1000], ram[0x3000], ram[0x5000], ram[0x7000]));
            var figures = destination.Statistics;
            Assert.Equal((3, 1, 4), (figures.NormalPages, figures.ZeroPages, figures.UniquePages));
            Assert.Equal(zero.Length + one.Length, figures.MultifdBytes);
            Assert.Equal(zero.Length + one.Length + streams[0].Length, figures.TransferredBytes);
        }
    }

    [Fact]
    public async Task Data_in_a_sync_packet_is_taken_first_and_a_page_twice_is_harmless()
    {
        using TestKit.Destination destination = Make("none");
        await destination.LoadAsync(
            Listening(Main()), Listening([.. Initial(1), .. Sync()]),
            Listening([.. Initial(0), .. Packet(MultifdPacket.FlagSync, normal: [0, 0], payload: [.. PageOne, .. PageOne])]));

        Assert.Null(destination.Migration.State.Error?.Message);
        Assert.Equal(0x11, destination.Ram()[0]);
        Assert.Equal((2, 1), (destination.Statistics.NormalPages, destination.Statistics.UniquePages));
    }

    [Fact]
    public async Task Modern_source_against_a_legacy_destination_fails_where_qemu_hangs()
    {
        using TestKit.Destination destination = Make("none", CraftedStreams.Machine with { MultifdFlushAfterEachSection = true });
        await destination.LoadAsync(
            Listening(Main()), Listening([.. Initial(0), .. Sync()]), Listening([.. Initial(1), .. Sync()]));

        Assert.Equal(StreamErrorCode.MultifdFlushMismatch, destination.Migration.State.Error?.Code);
    }

    [Fact]
    public async Task Legacy_source_against_a_modern_destination_fails_where_qemu_loses_pages()
    {
        using TestKit.Destination destination = Make("none");
        byte[] channel = [.. Sync(), .. Packet(normal: [0], payload: PageOne), .. Sync()];

        await destination.LoadAsync(
            Listening(Main(flushes: 0)), Listening([.. Initial(0), .. channel]), Listening([.. Initial(1), .. channel]));

        Assert.Equal(StreamErrorCode.MultifdFlushMismatch, destination.Migration.State.Error?.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_of_a_block_that_does_not_migrate_fails_the_migration(bool shared)
    {
        RamBlockDescription rom = new() { Name = "rom", LengthBytes = 1 << 16, Migratable = shared, Shared = shared };
        MigrationCapabilities capabilities = new();
        capabilities.Set("multifd", true);
        capabilities.Set("x-ignore-shared", shared);
        MachineProfile machine = CraftedStreams.Machine with { RamBlocks = [.. CraftedStreams.Machine.RamBlocks, rom], SendConfiguration = false };
        byte[] main = new StreamBuilder().Header().RamStart().U64(RamFlags.MultifdFlush).Eos().Footer(1).End().ToArray();
        using TestKit.Destination destination = new(machine, capabilities, poison: 0xaa);

        await destination.LoadAsync(
            Listening(main), Listening([.. Initial(0), .. Packet(zero: [0], block: "rom"), .. Sync()]), Listening([.. Initial(1), .. Sync()]));

        Assert.Equal(StreamErrorCode.BlockNotMigratable, destination.Migration.State.Error?.Code);
        Assert.False(destination.Ram("rom").AsSpan().ContainsAnyExcept((byte)0xaa));
    }

    [Fact]
    public async Task Page_of_a_block_without_bytes_fails_the_migration()
    {
        RamBlockDescription empty = new() { Name = "rom", LengthBytes = 0, MaxLengthBytes = 1 << 16 };
        MachineProfile machine = CraftedStreams.Machine with { RamBlocks = [.. CraftedStreams.Machine.RamBlocks, empty] };
        using TestKit.Destination destination = Make("none", machine);

        await destination.LoadAsync(
            Listening(Main()), Listening([.. Initial(0), .. Packet(zero: [0], block: "rom"), .. Sync()]), Listening([.. Initial(1), .. Sync()]));

        Assert.Equal(StreamErrorCode.OffsetOutOfRange, destination.Migration.State.Error?.Code);
    }

    // The destination's block has no page before the list: whether a round has one is asked when the round ends.
    [Fact]
    public async Task Source_that_waits_for_its_ack_gets_it_where_the_list_made_the_only_block_longer()
    {
        MachineProfile machine = MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = 0, MaxLengthBytes = 8192 });
        using TestKit.Destination destination = Make("none", machine, switchoverAck: true);
        StreamBuilder main = new StreamBuilder().Header().Configuration().Command(1).RamStart();
        main.MemSize(("ram", 8192)).U64(RamFlags.MultifdFlush).Eos().Footer(1);
        for (int round = 0; round < 4; round++)
            main.Part(2, 1).U64(RamFlags.MultifdFlush).Eos().Footer(1);
        byte[] channel = [.. Enumerable.Repeat(Sync(), 5).SelectMany(sync => sync)];

        await destination.LoadAsync(
            Listening(main.End().ToArray()), Listening([.. Initial(0), .. Packet(zero: [0], block: "ram"), .. channel]),
            Listening([.. Initial(1), .. channel]));

        Assert.Null(destination.Migration.State.Error?.Message);
        Assert.Contains("SwitchoverAck 0", destination.Environment.Told);
    }

    [Fact]
    public async Task Late_error_on_a_channel_is_not_reported_as_success()
    {
        using TestKit.Destination destination = Make("none");
        ArrayChannel main = Listening(Main());
        TaskCompletionSource failed = new();
        GatedChannel gated = new(main, failed.Task, gateAt: Main().Length - 20);
        destination.Migration.TryBegin();
        Task[] all =
        [
            Task.Run(() => destination.Migration.AttachAsync(gated)),
            Task.Run(() => destination.Migration.AttachAsync(Listening([.. Initial(1), .. Sync()]))),
            Task.Run(async () =>
            {
                await destination.Migration.AttachAsync(Listening([.. Initial(0), .. Sync(), .. Packet(magic: 7)]));
                failed.SetResult();
            }),
        ];
        await Task.WhenAll(all);

        Assert.Equal(StreamErrorCode.MultifdMagic, destination.Migration.State.Error?.Code);
        Assert.Equal(1, main.Answers[^1]);
    }

    [Fact]
    public async Task Compressed_payload_is_read_in_large_pieces_from_a_channel_that_reads_in_place()
    {
        byte[] noise = new byte[4096];
        new Random(1).NextBytes(noise);
        ArrayChannel channel = new([.. Initial(0), .. Packet(MultifdPacket.FlagZlib, normal: [0], payload: Zlib(noise)), .. Sync()])
        {
            Listening = true,
            InPlace = true,
        };
        using TestKit.Destination destination = Make("zlib");
        await destination.LoadAsync(Listening(Main()), channel, Listening([.. Initial(1), .. Sync()]));

        Assert.Equal(MigrationStatus.Completed, destination.Status);
        Assert.Equal(noise, destination.Ram("ram").AsSpan(0, 4096));
        Assert.InRange(channel.Reads, 1, 8);
    }

    // The inflater takes 8 KiB at a time: the end of a payload's flush falls on both sides of that. Found by seed 20499.
    [Fact]
    public async Task Payload_of_any_length_leaves_the_zlib_stream_where_the_next_one_goes_on()
    {
        Random random = new(20499);
        byte[] noise = new byte[3 * 4096];
        random.NextBytes(noise);
        HashSet<int> overlaps = [];
        for (int varied = 3550; varied < 3800; varied++)
        {
            byte[] pages = [.. noise.AsSpan(0, 4096), .. noise.AsSpan(4096, varied), .. new byte[4096 - varied]];
            using MemoryStream compressed = new();
            using ZLibStream zlib = new(compressed, CompressionLevel.Fastest, leaveOpen: true);
            zlib.Write(pages);
            zlib.Flush();
            byte[] first = compressed.ToArray();
            overlaps.Add(first.Length - 8192);
            zlib.Write(noise, 8192, 4096);
            zlib.Flush();
            byte[] second = compressed.ToArray()[first.Length..];
            using TestKit.Destination destination = Make("zlib");
            await destination.LoadAsync(
                Listening(Main()),
                Listening([
                    .. Initial(0), .. Packet(MultifdPacket.FlagZlib, normal: [0, 0x1000], payload: first),
                    .. Packet(MultifdPacket.FlagZlib, normal: [0x2000], payload: second), .. Sync()]),
                Listening([.. Initial(1), .. Sync()]));

            Assert.Equal((varied, null), (varied, destination.Migration.State.Error?.ToString()));
            Assert.Equal(noise.AsSpan(8192, 4096), destination.Ram("ram").AsSpan(0x2000, 4096));
        }

        Assert.Contains(1, overlaps);
    }

    [Fact]
    public async Task Stranger_and_a_third_channel_change_nothing()
    {
        using TestKit.Destination destination = Make("none");
        await destination.LoadAsync(Listening("GET /"u8.ToArray()));
        Assert.Equal(MigrationStatus.Setup, destination.Status);
        await destination.LoadAsync(
            Listening(Main()), Listening([.. Initial(0), .. Sync()]), Listening([.. Initial(1), .. Sync()]));
        ArrayChannel late = Listening([.. Initial(1), .. Sync()]);
        await destination.LoadAsync(late);

        Assert.Equal(MigrationStatus.Completed, destination.Status);
        Assert.True(late.IsShutDown);
    }

    private static TestKit.Destination Make(string compression, MachineProfile? machine = null, bool switchoverAck = false)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("multifd", true);
        capabilities.Set("switchover-ack", switchoverAck);
        MigrationParameters parameters = new();
        Assert.Null(parameters.TrySet("multifd-compression", compression));
        return new(machine ?? CraftedStreams.Machine, capabilities, poison: 0xaa, parameters: parameters);
    }

    private static ArrayChannel Listening(byte[] bytes) => new(bytes) { Listening = true };

    private static byte[] Zlib(byte[] bytes)
    {
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(bytes);
            zlib.Flush();
            return compressed.ToArray();
        }
    }

    private static byte[] EndedZlib(byte[] bytes)
    {
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(bytes);
        return compressed.ToArray();
    }

    /// <summary>A channel whose last bytes come only when something else has happened.</summary>
    private sealed class GatedChannel(ArrayChannel inner, Task gate, int gateAt) : Qemu.Migration.Destination.Hosting.MigrationChannel
    {
        private int _at;

        public override string Name => "gated";

        public override bool FromListener => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
        {
            if (_at >= gateAt)
                await gate;
            int read = await inner.ReadAsync(_at < gateAt ? buffer[..Math.Min(buffer.Length, gateAt - _at)] : buffer);
            _at += read;
            return read;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => inner.WriteAsync(bytes);

        public override void ShutdownRead()
        {
            // The peer has sent all it has to say: its bytes stay readable.
        }

        public override void Shutdown() => inner.Shutdown();
    }
}
