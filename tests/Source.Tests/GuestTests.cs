using Simulation.Source.Guest;

namespace Source.Tests;

public class GuestTests
{
    private static readonly RamBlockLayout[] TwoBlocks =
        [new("a", 10 * GuestRam.UsualPageBytes), new("b", 70 * GuestRam.UsualPageBytes)];

    [Fact]
    public void Write_changes_its_page_and_no_other()
    {
        GuestRam ram = new(TwoBlocks);
        int text = PageLibrary.Frame(PageKind.Text, 3);
        ram.Assign(7, text);
        ram.Assign(8, text);
        ram.Writable(7)[100] ^= 1;
        Assert.False(ram.Page(7).SequenceEqual(ram.Page(8)));
        Assert.True(ram.Page(8).SequenceEqual(PageLibrary.Frames(GuestRam.UsualPageBytes).AsSpan(text * GuestRam.UsualPageBytes, GuestRam.UsualPageBytes)));
        Assert.All(Enumerable.Range(0, 80).Except([7, 8]), page => Assert.True(ram.IsZero(page)));
    }

    [Fact]
    public void Page_written_with_zeros_is_zero()
    {
        GuestRam ram = new(TwoBlocks);
        ram.Writable(3)[9] = 1;
        Assert.False(ram.IsZero(3));
        ram.Writable(3)[9] = 0;
        Assert.True(ram.IsZero(3));
    }

    [Fact]
    public void Write_over_a_page_boundary_reads_back()
    {
        GuestRam ram = new(TwoBlocks);
        byte[] content = [.. Enumerable.Range(0, 3 * GuestRam.UsualPageBytes).Select(i => (byte)(i % 251))];
        ram.Write(ram.Blocks[1], 5000, content);
        byte[] block = new byte[ram.Blocks[1].Layout.LengthBytes];
        ram.CopyTo(ram.Blocks[1], block);
        Assert.True(block.AsSpan(5000, content.Length).SequenceEqual(content));
        Assert.Throws<ArgumentOutOfRangeException>(() => ram.Write(ram.Blocks[0], 9 * GuestRam.UsualPageBytes, content));
    }

    [Theory]
    [InlineData(-4096)]
    [InlineData(4097)]
    public void Block_that_is_not_whole_pages_is_refused(long length) =>
        Assert.Throws<ArgumentException>(() => new GuestRam([new("a", length)]));

    [Fact]
    public void Reset_guest_is_all_zero()
    {
        GuestModel guest = new(TwoBlocks);
        guest.Fill(ContentMix.Typical, 5);
        guest.Start(new(DirtyPattern.Sweep, 1000), 6, 0);
        guest.Advance(1_000_000_000);
        guest.Reset(TwoBlocks);
        Assert.All(Enumerable.Range(0, 80), page => Assert.True(guest.Ram.IsZero(page)));
        Assert.Equal(0, guest.DirtyLog.Count);
        Assert.False(guest.IsRunning);
    }

    [Theory]
    [InlineData(DirtyPattern.Sweep)]
    [InlineData(DirtyPattern.HotSet)]
    [InlineData(DirtyPattern.Burst)]
    [InlineData(DirtyPattern.ZeroFlips)]
    public void Log_has_each_page_that_changed(DirtyPattern pattern)
    {
        GuestModel guest = new(TwoBlocks);
        guest.Fill(ContentMix.Typical, 5);
        byte[][] before = [.. Enumerable.Range(0, 80).Select(page => guest.Ram.Page(page).ToArray())];
        guest.Start(new(pattern, 100) { WorkingSetPages = 20 }, 6, 0);
        guest.Advance(300_000_000);
        int[] changed = [.. Enumerable.Range(0, 80).Where(page => !guest.Ram.Page(page).SequenceEqual(before[page]))];
        Assert.NotEmpty(changed);
        Assert.All(changed, page => Assert.True(guest.DirtyLog.Contains(page)));
        Assert.True(guest.DirtyLog.Count <= 30);
    }

    [Fact]
    public void Steps_of_time_do_not_matter()
    {
        byte[] Run(long step)
        {
            GuestModel guest = new(TwoBlocks);
            guest.Start(new(DirtyPattern.HotSet, 777), 6, 0);
            for (long now = 0; now <= 1_000_000_000; now += step)
                guest.Advance(now);
            byte[] block = new byte[guest.Ram.Blocks[1].Layout.LengthBytes];
            guest.Ram.CopyTo(guest.Ram.Blocks[1], block);
            return block;
        }
        Assert.Equal(Run(1_000_000_000), Run(1_000_000));
    }

    [Fact]
    public void Stopped_guest_writes_nothing()
    {
        GuestModel guest = new(TwoBlocks);
        guest.Start(new(DirtyPattern.Sweep, 1000), 6, 0);
        guest.Stop(10_000_000);
        Assert.Equal(10, guest.DirtyLog.Count);
        guest.Advance(1_000_000_000);
        Assert.Equal(10, guest.DirtyLog.Count);
    }

    [Fact]
    public void Bitmap_finds_each_set_page_once()
    {
        DirtyBitmap bitmap = new();
        bitmap.Reset(300);
        int[] pages = [0, 1, 63, 64, 127, 200, 299];
        foreach (int page in pages)
            bitmap.Set(page);
        bitmap.Set(64);
        Assert.Equal(pages.Length, bitmap.Count);
        List<int> found = [];
        for (int page = bitmap.Next(0, 300); page < 300; page = bitmap.Next(page + 1, 300))
            found.Add(page);
        Assert.Equal(pages, found);
        Assert.Equal(199, bitmap.Next(128, 199));
        bitmap.Clear(200);
        Assert.Equal(299, bitmap.Next(128, 300));
    }
}
