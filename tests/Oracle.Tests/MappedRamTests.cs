using Simulation.Oracle;
using static Oracle.Tests.Bytes;

namespace Oracle.Tests;

/// <summary>Page areas of a mapped-ram file (stream reference, section 5).</summary>
public sealed class MappedRamTests
{
    private static readonly byte[] Pages = Join(Page(1), Page(2), Page(3), Page(4));

    [Fact]
    public void Pages_with_a_bit_are_read_and_the_others_become_zero()
    {
        OracleVerdict verdict = Read(MappedFile(0b0101, Pages));

        AssertAccepted(verdict);
        Assert.Equal(Join(Page(1), Page(0), Page(3), Page(0)), verdict.Ram["ram"].ToArray());
        Assert.Equal(2, verdict.MappedPages);
        Assert.True(verdict.Ram["ram"].IsReceived(0));
        Assert.False(verdict.Ram["ram"].IsReceived(1));
    }

    [Fact]
    public void Bits_behind_the_last_page_are_ignored()
    {
        OracleVerdict verdict = Read(MappedFile(0xf8, Pages));

        AssertAccepted(verdict);
        Assert.Equal(1, verdict.MappedPages);
    }

    [Fact]
    public void Header_version_0_is_accepted() => AssertAccepted(Read(MappedFile(1, Pages, version: 0)));

    [Fact]
    public void File_may_begin_at_an_offset_that_its_headers_count_in()
    {
        const int Offset = 64;
        ulong bitmapOffset = (ulong)(Offset + MappedRecordOffset + "TTTTTTTT3ramLLLLLLLL".Length + 28);
        byte[] head = MappedFile(1, Pages, bitmapOffset: bitmapOffset, pagesOffset: 0x1000)[..(0x1000 - Offset)];
        byte[] file = Join(new byte[Offset], head, Pages, Eos, Footer(1), End);
        OracleVerdict verdict = Read(file, mainStart: Offset);

        AssertAccepted(verdict);
        Assert.Equal(Join(Page(1), Page(0), Page(0), Page(0)), verdict.Ram["ram"].ToArray());
        Assert.Equal(file.Length - Offset, verdict.BytesConsumed);
    }

    [Fact]
    public void Ignored_block_has_no_area_and_keeps_its_content()
    {
        byte[] file = Join(
            FileHeader,
            Configuration("none", CapabilitiesSubsection("x-ignore-shared", "mapped-ram")),
            Ram(Join(MemSize(4 * PageSize, ("ram", 4 * PageSize)), U64(0x8000), U32(1), U64(PageSize), U64(0), U64(0))),
            End);
        OracleVerdict verdict = new OracleReader().Read(new OracleInput
        {
            Machine = OracleMachine.None(
                new OracleBlock("ram", 4 * PageSize) { Shared = true, GuestPhysicalAddress = 0x8000 }),
            Capabilities = ["x-ignore-shared", "mapped-ram"],
            Main = new OracleConnection(file),
            PoisonByte = 0xa5,
        });

        AssertAccepted(verdict);
        Assert.Equal(-1, verdict.Ram["ram"].ToArray().AsSpan().IndexOfAnyExcept((byte)0xa5));
    }

    // Zeros in the place of the block list: the name there is empty, and ends inside the hole that it begins in.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Holes_read_as_zeros(bool hasNoNames)
    {
        byte[] file = MappedFile(0b0101, Pages);
        if (hasNoNames)
            file.AsSpan(MappedRecordOffset + sizeof(ulong), 64).Clear();
        List<(long Offset, long Length)> holes = [];
        for (int i = 0; i < file.Length; i++)
        {
            int length = file.AsSpan(i).IndexOfAnyExcept((byte)0);
            if (length > 0)
                holes.Add((i, length));
            i += Math.Max(length, 0);
        }
        byte[] stored = [.. file.Where((_, i) => !holes.Exists(hole => i >= hole.Offset && i < hole.Offset + hole.Length))];

        OracleVerdict expected = Read(file);
        OracleVerdict verdict = Read(stored, holes: holes);

        Assert.Equal(hasNoNames ? OracleFaultKind.MemSizeUnknownBlock : null, expected.Fault?.Kind);
        Assert.Equal((expected.Outcome, expected.Fault, expected.BytesConsumed), (verdict.Outcome, verdict.Fault, verdict.BytesConsumed));
        Assert.Equal(expected.Ram["ram"].ToArray(), verdict.Ram["ram"].ToArray());
    }

    [Fact]
    public void File_that_ends_before_its_stream_begins_is_truncated_there()
    {
        OracleVerdict verdict = Read([1, 2, 3], mainStart: 4096);
        Assert.Equal((OracleFaultKind.Truncated, 4096L), (verdict.Fault!.Kind, verdict.Fault.FieldOffset));
    }

    private static void AssertAccepted(OracleVerdict verdict)
    {
        Assert.Null(verdict.Fault);
        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
    }

    private static OracleVerdict Read(byte[] file, int mainStart = 0, IReadOnlyList<(long Offset, long Length)>? holes = null) => new OracleReader().Read(new OracleInput
    {
        Machine = OracleMachine.None(new OracleBlock("ram", 4 * PageSize)),
        Capabilities = ["mapped-ram"],
        Main = new OracleConnection(file) { Holes = holes },
        MainStart = mainStart,
        PoisonByte = 0xa5,
    });
}
