namespace Simulation.Scenarios.Options;

/// <summary>One thing that no drawn scenario has.</summary>
/// <param name="What">The thing.</param>
/// <param name="Member">The member of <see cref="ScenarioOptions"/> that says it, as <c>Machine.Name</c>, with <c>=value</c> for one value of
/// it; null where no option can say it.</param>
/// <param name="Reason">Why it is not drawn, and what stands in for it.</param>
public sealed record NotDrawn(string What, string? Member, string Reason)
{
    /// <summary>All that <see cref="ScenarioOptions.Draw"/> cannot draw. A test compares it with the options.</summary>
    public static IReadOnlyList<NotDrawn> All { get; } =
    [
        new("another format of the options", "Format", "there is one; FromJson refuses others"),
        new("deltas of pages of 64 KiB", null, "a run of a delta has 14 bits: no source encodes such a page"),
        new("pages that are smaller than the usual ones, or larger than those of their host", null,
            "no machine that migrates today has them; the destination's tests have pages of 1 KiB"),
        new("a resizable block that is as large as it can be", null, "a machine profile says that a block is resizable by a larger maximum"),
        new("page numbers beyond 32 bits", null, "a block of 16 TiB; offsets beyond 32 bits are drawn, and no page number is kept in fewer"),
        new("free pages in memory that is not zero", null, "memory that is mostly never touched cannot be filled; blocks without free pages are"),
        new("block names that are not ASCII", null, "QEMU makes them of device paths, which are ASCII; fuzz targets have any bytes"),
        new("a plain stream that begins at an offset of its file", null,
            "it differs from one at the beginning in the origin only, which mapped-ram files have and use in every place"),
        new("one multifd connection more than the destination expects, from the source itself", null,
            "a source with more channels than its destination is a wrong set-up; strangers come as a surplus channel, late and early"),
        new("links that differ for anything but multifd", null, "there is one connection then"),
        new("devices whose length the guest decides", null,
            "the oracle knows no layout that ends at the next footer; the destination's tests and real recordings have them"),
        new("pointers that are null, in arrays of device state", null, "their bytes are those of an array element of one byte, which is drawn"),
        new("two failing versions in one machine", null, "the first one ends the migration"),
        new("COLO, RDMA", null, "the destination refuses them; deviations send their commands"),
        new("a channel for urgent pages that never comes, while its source goes on", null,
            "a source sends the package when it has connected that channel; the referee plays such streams, and tests of the destination have them; "
            + "channels that come late, silent or for a moment are drawn"),
        new("a package of many MiB", null,
            "it is as large as the state of its devices, and is read as it comes: a larger one has more of the reads that "
            + "a small one has, and nothing is kept or awaited for its length"),
        new("quit in the middle of postcopy", null, "a guest whose host ends is gone; the daemon's tests end it"),
        new("memory that cannot be mapped", null, "it is mapped before anybody can connect: the host ends and says why, which tests of the daemon show"),
        new("a host with little room for connections", null,
            "who makes room is decided by the order of accept alone, which the session's tests have; a connection that is closed so is one with a fault at its first byte"),
        new("reads that fail and succeed when they are repeated", null, "a channel repeats them itself, below the seam"),
        new("clocks of fewer than a tick a nanosecond", null,
            "they round each time by itself, so that no difference is exact; the destination's tests have one of 10 MHz"),
        new("quit while a file is loaded", null, "a file has no connection that the end of the host resets"),
        new("a client of the monitor that does not read", null, "a thousand lines have to be due to it before anything happens"),
    ];
}
