using System.Buffers.Binary;
using System.Text;
using Simulation.Oracle;

namespace Oracle.Tests;

/// <summary>The oracle against real postcopy migrations: counters, RAM and return path must be those of the source and the destination.</summary>
public sealed class PostcopyCaptureTests
{
    [Theory]
    [InlineData("pc-postcopy")]
    [InlineData("pc-postcopy-preempt")]
    public void Postcopy_capture_gives_the_sources_counters_and_ram(string name)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        Assert.Equal((OracleOutcome.Accepted, null), (verdict.Outcome, verdict.Fault));
        OraclePostcopy postcopy = Assert.IsType<OraclePostcopy>(verdict.Postcopy);
        Assert.Equal(OraclePostcopyPhase.Ended, postcopy.Phase);
        OracleLeg leg = Assert.Single(postcopy.Legs);

        // O3: pages are exact; the source counts the package twice.
        Assert.Equal(Number(capture, "normal"), leg.Counters.Normal + leg.PreemptCounters.Normal);
        Assert.Equal(Number(capture, "duplicate"), leg.Counters.Zero + leg.PreemptCounters.Zero);
        Assert.Equal(Number(capture, "transferred"), leg.BytesConsumed + leg.PreemptBytesConsumed + postcopy.PackageBytes);
        Assert.True(postcopy.PagesDiscarded > 0);
        AssertRam(capture, verdict);
    }

    [Fact]
    public void Capture_of_a_recovery_gives_the_sources_ram_and_not_more_pages_than_it_sent()
    {
        Capture capture = Capture.Open("pc-postcopy-recover");
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        Assert.Equal((OracleOutcome.Accepted, null), (verdict.Outcome, verdict.Fault));
        Assert.Equal(2, verdict.Postcopy!.Legs.Count);
        Assert.Equal(OracleFaultKind.Truncated, verdict.Postcopy.Legs[0].Fault?.Kind);
        Assert.NotNull(verdict.Postcopy.Legs[1].ResumedAt);

        // O4: what was lost in the cut connection the source has counted twice.
        Assert.InRange(verdict.Postcopy.Legs.Sum(leg => leg.Counters.Normal), 1, Number(capture, "normal"));
        Assert.InRange(verdict.Postcopy.Legs.Sum(leg => leg.Counters.Zero), 1, Number(capture, "duplicate"));
        AssertRam(capture, verdict);
    }

    [Fact]
    public void Capture_cut_before_its_recovery_is_paused()
    {
        OracleInput input = Capture.Open("pc-postcopy-recover").Input() with { Recoveries = [] };
        OracleVerdict verdict = new OracleReader().Read(input);

        Assert.Equal(OracleOutcome.Paused, verdict.Outcome);
        Assert.Equal("running", verdict.FinalRunState);
        Assert.Equal(0, verdict.Ram.Blocks.Sum(block => block.DoubtfulPages));
        Assert.DoesNotContain(verdict.ReturnPath, message => message.Type == 1);
    }

    [Theory]
    [InlineData("pc-postcopy", 0)]
    [InlineData("pc-postcopy-preempt", 0)]
    [InlineData("pc-postcopy-recover", 0)]
    [InlineData("pc-postcopy-recover", 1)]
    public void Return_path_is_what_a_real_destination_answered(string name, int connection)
    {
        Capture capture = Capture.Open(name);
        OracleVerdict verdict = new OracleReader().Read(capture.Input());

        // Requests are the guest's. The listen thread's answer may overtake that of the package.
        IEnumerable<string> expected = verdict.ReturnPath.Where(message => message.Leg == connection).Select(Text);
        Assert.Equal(expected.Order(), Messages(capture.ReturnPathOf(connection)).Order());
    }

    [Fact]
    public void Pages_that_are_discarded_are_those_of_the_discards_that_had_come()
    {
        OracleVerdict verdict = new OracleReader().Read(Capture.Open("pc-postcopy").Input());

        // One range of 4 MiB, of which the precopy had brought every page.
        Assert.Equal((4 << 20) / Bytes.PageSize, verdict.Postcopy!.PagesDiscarded);
    }

    private static IEnumerable<string> Messages(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int type = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
            byte[] payload = bytes[(at + 4)..(at + 4 + length)];
            at += 4 + length;
            if (type == 5)
            {
                int size = (int)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at));
                yield return $"5 {Encoding.ASCII.GetString(payload, 1, length - 1)} {Convert.ToHexString(bytes, at + 8, size)}";
                Assert.Equal(0x0123456789abcdefUL, BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at + 8 + size)));
                at += 16 + size;
            }
            else if (type is not (3 or 4))
            {
                yield return $"{type} {Convert.ToHexString(payload)}";
            }
        }
    }

    private static string Text(OracleReturnMessage message) => message.Block is { } block
        ? $"5 {block} {Convert.ToHexString(message.Bitmap.Span)}"
        : $"{message.Type} {message.Value:X8}";

    private static void AssertRam(Capture capture, OracleVerdict verdict) =>
        Assert.Equal(capture.BlockHashes(), verdict.Ram.Blocks.Select(block => (block.Name, Capture.Hash(block))));

    private static long Number(Capture capture, string name) => capture.SourceRam[name]!.GetValue<long>();
}
