using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs on the paths that a host's kind of channel or memory decides: pages read in place, memory that is written through,
/// bytes that are lent.</summary>
internal static class HostBugs
{
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string Reader = "src/Qemu.Migration.Destination/QemuFileReader.cs";
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";
    private const string Region = "src/Qemu.Migration.Destination/Hosting/GuestMemoryRegion.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Receiver, "in-place-page-begins-again-after-short-read", "slip", "the rest of a page that came in part goes to the page's beginning",
            "place = new(place.Address + begun, place.LengthBytes - begun);", "place = new(place.Address, place.LengthBytes - begun);"),
        Bug(Receiver, "in-place-page-counted-before-whole", "C7", "a page of which a part has come counts as received",
            "int whole = pages - (int)((missing + memory.PageSizeBytes - 1) >> memory.PageShift);",
            "int whole = pages - (int)(missing >> memory.PageShift);"),
        Bug(Receiver, "in-place-rest-goes-to-the-next-page", "slip", "the rest of a page that came in part goes to the page behind it",
            "int first = pages - (int)((missing + memory.PageSizeBytes - 1) >> memory.PageShift);",
            "int first = pages - (int)(missing >> memory.PageShift);"),
        Bug(Receiver, "in-place-first-page-of-read-not-counted", "C2", "of the pages that one read completes the first is not counted",
            "received.NormalPages = whole - first;", "received.NormalPages = Math.Max(0, whole - first - 1);"),
        Bug(Receiver, "in-place-failure-is-a-goodbye", "slip", "a channel whose connection fails between two packets has ended in order",
            "if (reader.Window.IsEmpty && reader.Failure is null)", "if (reader.Window.IsEmpty)"),
        Bug(Reader, "in-place-bytes-not-counted", "C4", "bytes that were read in place are not counted",
            """
            AtEnd |= read == 0;
                    Volatile.Write(ref _offset, _offset + read);
            """,
            "AtEnd |= read == 0;"),
        Bug(Memory, "in-place-page-not-touched", "L7", "a zero page leaves what was read in place before",
            """
            _watch?.WriteBegins(block.Name, page, 1);
                    ulong bit = 1UL << (int)(page & 63);
                    if (Set(ref Unsafe.Add(ref block.Touched.Words, (nint)(page >> 6)), bit) == 0 && (page & (PopulateWindowPages - 1)) == 0)
                        Populate(block, page);
                    return
            """,
            """
            _watch?.WriteBegins(block.Name, page, 1);
                    return
            """),
        Bug(Memory, "write-through-without-stride", "slip", "records are written through with their headers",
            "block.Region.Write(first << PageShift, in source, PageSizeBytes, strideBytes, count);",
            "block.Region.Write(first << PageShift, in source, count << PageShift, 0, 1);"),
        Bug(Memory, "write-through-pages-not-touched", "L7", "a zero page leaves what was written through before",
            """
            SetRange(ref block.Touched.Words, first, count);
                    if (strideBytes == PageSizeBytes)
            """,
            "if (strideBytes == PageSizeBytes)"),
        Bug(Memory, "write-through-only-first-page-marked", "C3", "of a run that is written through only the first page counts as received",
            """
            strideBytes, count);
                    _watch?.WriteEnded(block.Name, first, count);
                    return SetRange(ref block.Received.Words, first, count);
            """,
            """
            strideBytes, count);
                    _watch?.WriteEnded(block.Name, first, count);
                    return SetRange(ref block.Received.Words, first, 1);
            """),
        Bug(Region, "region-takes-pieces-from-one-run", "slip", "a region takes pieces that lie a stride apart from one run of bytes",
            "(nint)i * strideBytes", "(nint)i * pieceBytes"),
        Bug(Reader, "lent-window-of-just-enough-is-the-end", "slip", "a lent window that holds no more than was asked for counts as the stream's last",
            "AtEnd = _end < count;", "AtEnd = _end <= count;"),
        Bug(Reader, "lent-window-read-from-the-old-place", "slip", "a lent window is read from where the one before ended",
            """
            count, out _window);
                    _start = 0;
            """,
            """
            count, out _window);
                    _start = Math.Min(_start, _window.Length);
            """),
        Bug(Reader, "lent-view-is-not-cut", "slip", "a read at a place of a lent file copies all of the window",
            "lent[..destination.Length].CopyTo(destination);", "lent.CopyTo(destination);"),
        Bug(Reader, "rest-of-a-short-read-in-front", "slip", "what a short read at a place of a file leaves goes to the front, and not behind",
            "destination[done..]);", "destination[..^done]);"),
    ];
}
