using Qemu.Migration.Wire;

namespace TestKit;

/// <summary>Streams that go on in postcopy, for the machine of <see cref="CraftedStreams"/>: RAM <c>ram</c> of 1 MiB.</summary>
public static class PostcopyStreams
{
    public const int PageBytes = 4096;

    /// <summary>A page's content, by a number that is not 0.</summary>
    public static byte[] Content(int number) => [.. Enumerable.Range(0, PageBytes).Select(i => unchecked((byte)((i * 5) + number)))];

    /// <summary>Header, return path, PING 1, ADVISE.</summary>
    public static StreamBuilder Opening => CraftedStreams.Opening.Command(1).Command(2, 0, 0, 0, 1).Advise();

    /// <summary>All pages in precopy, those of <paramref name="pages"/> with content, the others zero; then the switchover.</summary>
    public static StreamBuilder Precopy(params int[] pages)
    {
        StreamBuilder stream = Opening.RamStart().MemSize(("ram", CraftedStreams.RamBytes)).Eos().Footer(1).Part(2, 1);
        for (int page = 0; page < CraftedStreams.RamBytes / PageBytes; page++)
        {
            string? block = page == 0 ? "ram" : null;
            if (pages.Contains(page))
                stream.Page((ulong)page * PageBytes, Content(page + 1), block);
            else
                stream.Zero((ulong)page * PageBytes, block);
        }
        return stream.Eos().Footer(1).Command(11);
    }

    /// <summary>POSTCOPY_ADVISE.</summary>
    public static StreamBuilder Advise(this StreamBuilder stream, ulong pageSizes = PageBytes, ulong targetPageBytes = PageBytes)
    {
        byte[] payload = new byte[PostcopyAdvice.SizeBytes];
        new PostcopyAdvice(pageSizes, targetPageBytes).Write(payload);
        return stream.Command(3, payload);
    }

    /// <summary>POSTCOPY_RAM_DISCARD of pages.</summary>
    public static StreamBuilder Discard(this StreamBuilder stream, params int[] pages) =>
        stream.DiscardBytes("ram", [.. pages.Select(page => ((ulong)page * PageBytes, (ulong)PageBytes))]);

    public static StreamBuilder DiscardBytes(this StreamBuilder stream, string block, params (ulong Start, ulong LengthBytes)[] ranges)
    {
        byte[] payload = new byte[1024];
        int length = RamDiscard.Write(payload, System.Text.Encoding.UTF8.GetBytes(block), ranges);
        return stream.Command(6, payload.AsSpan(0, length));
    }

    /// <summary>PACKAGED.</summary>
    public static StreamBuilder Package(this StreamBuilder stream, StreamBuilder package, uint? length = null)
    {
        byte[] bytes = package.ToArray();
        return stream.Command(7, BigEndian(length ?? (uint)bytes.Length)).Raw(bytes);
    }

    /// <summary>What a real source packages: LISTEN, device state, PING 3, RUN.</summary>
    public static StreamBuilder Switchover(this StreamBuilder stream) => stream.Command(2, 0, 0, 0, 2).Package(Guest()).Command(2, 0, 0, 0, 4);

    public static StreamBuilder Guest() => new StreamBuilder().Command(4).Timer().GlobalState("running").Command(2, 0, 0, 0, 3).Command(5);

    private static byte[] BigEndian(uint value) => new StreamBuilder().U32(value).ToArray();
}
