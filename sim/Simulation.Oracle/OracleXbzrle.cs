namespace Simulation.Oracle;

/// <summary>Applies XBZRLE deltas (stream reference, section 3.1).</summary>
/// <remarks>
/// <code>
/// { zrun nzrun }*   zrun = L   nzrun = L bytes[L]   L = one byte below 0x80, or two: low 7 bits first
/// </code>
/// </remarks>
internal static class OracleXbzrle
{
    /// <summary>Applies a delta to a page; the runs before an error are applied nevertheless.</summary>
    /// <param name="delta">The record's payload.</param>
    /// <param name="page">The page, changed in place.</param>
    /// <returns>False when the delta breaks the grammar or leaves the page.</returns>
    public static bool TryApply(ReadOnlySpan<byte> delta, Span<byte> page)
    {
        int done = 0;
        while (delta.Length > 0)
        {
            // Every run of equal bytes is followed by one of new bytes, and only the first may be empty.
            bool first = done == 0;
            if (!TryReadRun(ref delta, out int equal) || (equal == 0 && !first))
                return false;

            done += equal;
            if (done > page.Length || !TryReadRun(ref delta, out int changed) || changed == 0)
                return false;

            if (changed > page.Length - done || changed > delta.Length)
                return false;

            delta[..changed].CopyTo(page[done..]);
            delta = delta[changed..];
            done += changed;
        }

        return true;
    }

    private static bool TryReadRun(ref ReadOnlySpan<byte> delta, out int length)
    {
        length = 0;
        if (delta.Length < 2)
            return false;

        length = delta[0] & 0x7f;
        int size = 1;
        if (delta[0] >= 0x80)
        {
            if (delta[1] >= 0x80)
                return false;

            length |= delta[1] << 7;
            size = 2;
        }

        delta = delta[size..];
        return true;
    }
}
