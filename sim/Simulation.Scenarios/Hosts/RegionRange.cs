namespace Simulation.Scenarios.Hosts;

/// <summary>The promise of whoever uses a region of guest memory: each range that it names lies inside.</summary>
internal static class RegionRange
{
    /// <summary>Holds a range against its region.</summary>
    /// <param name="offset">Its first byte.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="regionBytes">Bytes of the region.</param>
    /// <param name="what">What is done with it: "were written through into".</param>
    /// <exception cref="InvalidOperationException">It does not lie inside.</exception>
    public static void Require(long offset, long lengthBytes, long regionBytes, string what)
    {
        if (offset < 0 || lengthBytes < 0 || offset > regionBytes - lengthBytes)
            throw new InvalidOperationException($"{lengthBytes} bytes at 0x{offset:x} {what} a region of {regionBytes}");
    }
}
