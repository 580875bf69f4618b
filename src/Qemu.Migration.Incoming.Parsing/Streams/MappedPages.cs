using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>The pages of mapped-ram, which stand in the middle of the block list (stream reference, section 5).</summary>
internal static class MappedPages
{
    /// <summary>Reads a block's header and goes behind its pages.</summary>
    /// <param name="cursor">Behind the block's entry.</param>
    /// <param name="lengthBytes">The block's used length.</param>
    /// <param name="ignoreShared">Whether a block without places in the file is one that is left out.</param>
    /// <returns>The header.</returns>
    /// <exception cref="FormatException">The header is wrong, or leads back: the file would be read in circles.</exception>
    public static MappedRamHeader Skip(StreamCursor cursor, ulong lengthBytes, bool ignoreShared)
    {
        long offset = cursor.Offset;
        MappedRamHeader header = cursor.Take<MappedRamHeader>(MappedRamHeader.TryRead, "a mapped-ram header");
        if (ignoreShared && header is { BitmapOffset: 0, PagesOffset: 0 })
            return header;
        if (!header.TryFindContinuation(cursor.Offset, lengthBytes, out long next))
            throw cursor.Bad($"a mapped-ram header with pages at 0x{header.PagesOffset:x}, which lead back or outside the file", offset);
        cursor.GoTo(next, "the pages");
        return header;
    }
}
