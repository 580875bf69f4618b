using TestKit;

namespace Migration.Benchmarks;

/// <summary>What a source sends that goes on in postcopy before it has sent a page.</summary>
internal static class PostcopyBytes
{
    /// <summary>To the question after which a source connects its channel for urgent pages.</summary>
    public static byte[] Opening => PostcopyStreams.Opening.ToArray();

    /// <summary>The block <c>ram</c>, all of it thrown away; then the guest starts.</summary>
    /// <param name="ramBytes">The block's length.</param>
    public static byte[] Switchover(long ramBytes) => new StreamBuilder()
        .RamStart().MemSize(("ram", ramBytes)).Eos().Footer(1).Command(11).DiscardBytes("ram", (0, (ulong)ramBytes)).Switchover().ToArray();

    /// <summary>The beginning of a section of pages.</summary>
    public static byte[] Part => new StreamBuilder().Part(2, 1).ToArray();

    /// <summary>The end of that section, and of the migration.</summary>
    public static byte[] Ending => new StreamBuilder().Eos().Footer(1).Part(3, 1).Eos().Footer(1).End().ToArray();
}
