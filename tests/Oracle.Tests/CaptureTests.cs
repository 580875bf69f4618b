using System.Buffers.Binary;
using Simulation.Oracle;

namespace Oracle.Tests;

/// <summary>
/// The oracle against real streams: it must say what the source said of them, and rebuild the source's RAM.
/// </summary>
public sealed class CaptureTests
{
    public static TheoryData<string> SingleChannel => new(
        "none-edge", "none-fill", "none-mix", "none-mix-16m", "none-noconfig", "none-noglobalstate",
        "none-nosectionfooter", "none-return-path", "none-suppress-vmdesc", "none-switchover-ack", "none-text",
        "none-uuid", "none-zero-1m", "none-zero-64m", "none-zero-8m", "pc-dirty", "pc-idle",
        "pc-xbzrle", "pc-xbzrle-overflow");

    public static TheoryData<string> Multifd => new(
        "none-multifd1", "none-multifd2", "none-multifd4", "none-multifd16-zero", "none-multifd2-zero",
        "none-multifd2-zlib", "none-multifd2-zstd", "none-multifd2-none-zpd-legacy",
        "none-multifd2-none-zpd-multifd", "none-multifd2-none-zpd-none", "pc-multifd2-proxy", "pc-i440fx-7.2-multifd2");

    public static TheoryData<string> MappedRam => new(
        "none-mapped-1m", "none-mapped-mix", "none-mapped-multifd2", "none-mapped-odd", "none-mapped-zpd-legacy",
        "none-mapped-zpd-multifd", "none-mapped-zpd-none", "pc-mapped-dirty");

    [Theory]
    [MemberData(nameof(SingleChannel))]
    public void Single_channel_capture_gives_the_sources_counters_and_ram(string name)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        AssertAccepted(verdict);
        Assert.Equal(Number(capture, "normal"), verdict.Counters.Normal);
        Assert.Equal(Number(capture, "duplicate"), verdict.Counters.Zero);
        Assert.Equal(Number(capture, "transferred"), verdict.BytesConsumed);
        Assert.Equal("running", verdict.FinalRunState);
        AssertRam(capture, verdict);
    }

    [Theory]
    [MemberData(nameof(Multifd))]
    public void Multifd_capture_gives_the_sources_counters_and_ram(string name)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        AssertAccepted(verdict);
        Assert.False(verdict.OutcomeDependsOnTiming);
        Assert.Equal(
            Number(capture, "normal"),
            verdict.Counters.Normal + verdict.ChannelCounters.Sum(channel => channel.Normal));
        Assert.Equal(
            Number(capture, "duplicate"), verdict.Counters.Zero + verdict.ChannelCounters.Sum(channel => channel.Zero));
        Assert.Equal(Number(capture, "multifd-bytes"), verdict.ChannelBytesConsumed.Sum());
        Assert.Equal(Number(capture, "transferred"), verdict.BytesConsumed + verdict.ChannelBytesConsumed.Sum());
        Assert.All(verdict.Ram.Blocks, block => Assert.Equal(0, block.AmbiguousPages));
        AssertRam(capture, verdict);
    }

    [Theory]
    [MemberData(nameof(MappedRam))]
    public void Mapped_ram_capture_gives_the_sources_ram(string name)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        AssertAccepted(verdict);
        Assert.Equal(new OracleCounters(0, 0), verdict.Counters);
        AssertRam(capture, verdict);
    }

    [Theory]
    [InlineData("none-mapped-1m")]
    [InlineData("none-mapped-mix")]
    [InlineData("none-mapped-zpd-none")]
    public void Mapped_ram_capture_of_a_stopped_guest_has_a_bit_for_every_page_written(string name)
    {
        Capture capture = Capture.Open(name);

        Assert.Equal(Number(capture, "normal"), new OracleReader().Read(capture.Input()).MappedPages);
    }

    [Fact]
    public void Xbzrle_capture_gives_the_sources_bytes()
    {
        Capture capture = Capture.Open("pc-xbzrle");
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        Assert.True(verdict.Counters.Xbzrle > 0);
        Assert.True(verdict.Counters.Xbzrle <= capture.SourceXbzrle!["pages"]!.GetValue<long>());
        Assert.Equal(capture.SourceXbzrle["bytes"]!.GetValue<long>(), verdict.Counters.XbzrleBytes);
    }

    [Fact]
    public void Ignore_shared_capture_leaves_ram_as_it_was()
    {
        OracleRam shared = new OracleReader().Read(Capture.Open("none-return-path").Input()).Ram;
        Capture capture = Capture.Open("none-ignore-shared");
        OracleVerdict verdict = new OracleReader().Read(capture.Input() with
        {
            InitialRam = new Dictionary<string, ReadOnlyMemory<byte>> { ["m0"] = shared["m0"].ToArray() },
        });

        AssertAccepted(verdict);
        Assert.Equal(Number(capture, "transferred"), verdict.BytesConsumed);
        Assert.Equal(0, verdict.Ram["m0"].ReceivedPages);
        AssertRam(capture, verdict);
    }

    [Fact]
    public void Machine_without_ram_is_accepted()
    {
        Capture capture = Capture.Open("none-noram");
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        AssertAccepted(verdict);
        Assert.Equal(Number(capture, "transferred"), verdict.BytesConsumed);
    }

    [Fact]
    public void Background_snapshot_is_an_ordinary_stream()
    {
        Capture capture = Capture.Open("pc-bgsnapshot");
        OracleInput input = capture.Input() with { Capabilities = [] };
        OracleVerdict verdict = new OracleReader().Read(input);

        AssertAccepted(verdict);
        Assert.Equal(Number(capture, "normal"), verdict.Counters.Normal);
        Assert.Equal(Number(capture, "duplicate"), verdict.Counters.Zero);
        Assert.Equal(input.Main.Bytes.Length, verdict.BytesConsumed);
    }

    [Theory]
    [InlineData("none-return-path")]
    [InlineData("none-switchover-ack")]
    [InlineData("pc-multifd2-proxy")]
    public void Return_path_is_what_a_real_destination_answered(string name)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        Assert.Equal(capture.ReturnPath, Encode(verdict.ReturnPath));
    }

    [Theory]
    [InlineData("pc-dirty")]
    [InlineData("pc-xbzrle")]
    public void Every_section_of_a_capture_ends_where_the_next_one_begins(string name)
    {
        OracleVerdict verdict = new OracleReader().Read(Capture.Open(name).Input());

        IEnumerable<(long Offset, long Length)> pieces =
            verdict.Sections.Select(section => (section.Offset, section.Length))
            .Concat(verdict.Commands.Select(command => (command.Offset, command.Length + 5L)))
            .Order();
        long end = pieces.First().Offset;
        foreach ((long offset, long length) in pieces)
        {
            Assert.Equal(end, offset);
            end = offset + length;
        }
    }

    [Fact]
    public void Counters_at_an_offset_grow_to_the_total_and_count_whole_records_only()
    {
        Capture capture = Capture.Open("none-mix");
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        OracleCounters last = default;
        for (long offset = 0; offset <= 100_000; offset++)
        {
            OracleCounters now = verdict.CountersAt(offset);
            Assert.InRange(now.Normal + now.Zero - last.Normal - last.Zero, 0, 1);
            last = now;
        }

        Assert.NotEqual(default, last);
        Assert.Equal(verdict.Counters, verdict.CountersAt(verdict.BytesConsumed));
    }

    private static void AssertAccepted(OracleVerdict verdict)
    {
        Assert.Null(verdict.Fault);
        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
    }

    private static void AssertRam(Capture capture, OracleVerdict verdict) =>
        Assert.Equal(capture.BlockHashes(), verdict.Ram.Blocks.Select(block => (block.Name, Capture.Hash(block))));

    private static long Number(Capture capture, string name) => capture.SourceRam[name]!.GetValue<long>();

    private static byte[] Encode(IEnumerable<OracleReturnMessage> messages)
    {
        List<byte> bytes = [];
        foreach (OracleReturnMessage message in messages)
        {
            byte[] encoded = new byte[message.Value is null ? 4 : 8];
            BinaryPrimitives.WriteUInt16BigEndian(encoded, message.Type);
            BinaryPrimitives.WriteUInt16BigEndian(encoded.AsSpan(2), (ushort)(encoded.Length - 4));
            if (message.Value is { } value)
                BinaryPrimitives.WriteUInt32BigEndian(encoded.AsSpan(4), value);
            bytes.AddRange(encoded);
        }

        return [.. bytes];
    }
}
