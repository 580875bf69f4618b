using System.Buffers.Binary;
using Simulation.Engine.Choices;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>What the guest's virtual CPUs make of a page at the destination. One of them only writes a page, one write after the other.</summary>
internal static class GuestWrites
{
    /// <summary>The writes to a page, in order.</summary>
    public static List<GuestAccess> Of(RunObservation run, string block, int page) =>
        run.Accesses.Count == 0 ? [] : run.Accesses.FindAll(access => access.IsWrite && !access.IsGivenUp && access.Page == page && access.Block == block);

    /// <summary>Whether a page may hold something in the end: what arrived, with every write, and perhaps with one that has not ended.</summary>
    /// <param name="run">The run.</param>
    /// <param name="block">The block's name.</param>
    /// <param name="page">The page's number in the block.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="arrived">What arrived.</param>
    public static bool MayHold(RunObservation run, string block, int page, ReadOnlySpan<byte> content, ReadOnlySpan<byte> arrived)
    {
        List<GuestAccess> writes = Of(run, block, page);
        if (writes.Count == 0)
            return content.SequenceEqual(arrived);
        Span<byte> expected = stackalloc byte[arrived.Length];
        arrived.CopyTo(expected);
        foreach (GuestAccess write in writes)
        {
            if (write.EndNanoseconds is null && content.SequenceEqual(expected))
                return true;
            Apply(write, expected);
        }

        return content.SequenceEqual(expected);
    }

    /// <summary>The hashes that a read may have seen: the page with all writes that had ended when it began, and with any more that had
    /// begun when it ended.</summary>
    /// <param name="read">The read.</param>
    /// <param name="writes">The writes to its page.</param>
    /// <param name="arrived">What arrived.</param>
    public static List<ulong> HashesOf(GuestAccess read, List<GuestAccess> writes, ReadOnlySpan<byte> arrived)
    {
        byte[] expected = arrived.ToArray();
        int next = 0;
        for (; next < writes.Count && writes[next].EndOrder < read.BeginOrder; next++)
            Apply(writes[next], expected);
        List<ulong> hashes = [StableHash.OfBytes(expected)];
        for (; next < writes.Count && writes[next].BeginOrder < read.EndOrder; next++)
        {
            Apply(writes[next], expected);
            hashes.Add(StableHash.OfBytes(expected));
        }

        return hashes;
    }

    private static void Apply(GuestAccess write, Span<byte> page) =>
        BinaryPrimitives.WriteUInt64LittleEndian(page[write.WriteOffset..], write.Written);
}
