using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Regions;

/// <summary>What all guest memory promises (<see cref="GuestMemoryRegion"/>).</summary>
public abstract unsafe class RegionContract
{
    private const int PageBytes = 4096;
    private const int Pages = 600;
    private const int Length = Pages * PageBytes;

    protected abstract GuestMemoryRegion Map(long lengthBytes);

    [Fact]
    public void Memory_is_there_aligned_and_zero_where_it_says_so()
    {
        using GuestMemoryRegion region = Map(Length);
        Assert.InRange(region.LengthBytes, Length, long.MaxValue);
        Assert.Equal(0, (nint)region.Address % PageBytes);
        if (region.InitiallyZero)
            Assert.False(Bytes(region).ContainsAnyExcept((byte)0));
        Bytes(region).Fill(0x5a);
        Assert.False(Bytes(region).ContainsAnyExcept((byte)0x5a));
    }

    [Theory]
    [InlineData(PageBytes, PageBytes, 1)]
    [InlineData(PageBytes, PageBytes + 8, 3)]
    [InlineData(PageBytes, PageBytes + 8, 599)]
    [InlineData(PageBytes, PageBytes, 599)]
    [InlineData(5 * PageBytes, 0, 1)]
    [InlineData(7, 9, 300)]
    [InlineData(1, 1, 1)]
    public void Write_is_as_many_copies(int pieceBytes, int strideBytes, int count)
    {
        using GuestMemoryRegion region = Map(Length);
        byte[] expected = Bytes(region).ToArray();
        byte[] source = [.. Enumerable.Range(0, ((count - 1) * strideBytes) + pieceBytes).Select(i => (byte)(((i * 7) + (i >> 8) + 1) & 0xff))];

        // At a place in the middle, and so that the last piece ends the region.
        foreach (int offset in (int[])[Math.Min(PageBytes, Length - (pieceBytes * count)), Length - (pieceBytes * count)])
        {
            region.Write(offset, in source[0], pieceBytes, strideBytes, count);
            for (int i = 0; i < count; i++)
                source.AsSpan(i * strideBytes, pieceBytes).CopyTo(expected.AsSpan(offset + (i * pieceBytes)));
        }

        Assert.True(Bytes(region).SequenceEqual(expected));
    }

    [Fact]
    public void Write_goes_on_where_the_region_no_longer_wants_it()
    {
        using GuestMemoryRegion region = Map(Length);
        byte[] page = new byte[PageBytes];
        for (int i = 0; i < Pages; i++)
        {
            page.AsSpan().Fill((byte)(i & 0xff));
            region.Write((long)i * PageBytes, in page[0], PageBytes, 0, 1);
        }

        for (int i = 0; i < Pages; i++)
            Assert.False(Bytes(region).Slice(i * PageBytes, PageBytes).ContainsAnyExcept((byte)(i & 0xff)));
    }

    [Fact]
    public void What_is_told_of_writes_to_come_changes_nothing()
    {
        using GuestMemoryRegion region = Map(Length);
        Bytes(region)[PageBytes..].Fill(0x77);
        byte[] before = Bytes(region).ToArray();
        region.Populate(0, Length);
        region.ExpectSinglePages();
        region.Populate(PageBytes, PageBytes);
        region.Populate(Length - PageBytes, PageBytes);
        Assert.True(Bytes(region).SequenceEqual(before));
    }

    [Fact]
    public void Tasks_write_at_a_time()
    {
        using GuestMemoryRegion region = Map(Length);
        Parallel.For(0, 8, task =>
        {
            byte[] page = new byte[PageBytes];
            page.AsSpan().Fill((byte)(task + 1));
            for (int i = task; i < Pages; i += 8)
                region.Write((long)i * PageBytes, in page[0], PageBytes, 0, 1);
        });
        for (int i = 0; i < Pages; i++)
            Assert.False(Bytes(region).Slice(i * PageBytes, PageBytes).ContainsAnyExcept((byte)((i % 8) + 1)));
    }

    [Fact]
    public void Region_is_disposed_of_twice()
    {
        GuestMemoryRegion region = Map(Length);
        Bytes(region)[0] = 1;
        region.Dispose();
        region.Dispose();
    }

    [Fact]
    public void Region_may_be_empty()
    {
        using GuestMemoryRegion region = Map(0);
        region.Populate(0, 0);
        region.ExpectSinglePages();
    }

    private static Span<byte> Bytes(GuestMemoryRegion region) => new(region.Address, Length);
}
