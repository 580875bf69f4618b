using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in the packets of multifd channels.</summary>
internal static class MultifdBugs
{
    private const string Receiver = "src/Qemu.Migration.Destination/Multifd/MultifdReceiver.cs";
    private const string Introduction = "src/Qemu.Migration.Destination/Session/Introduction.cs";
    private const string Packet = "src/Qemu.Migration.Wire/MultifdPacketHeader.cs";
    private const string Prefix = "src/Qemu.Migration.Wire/MultifdPacketPrefix.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Introduction, "multifd-uuid-not-compared", "slip", "a channel of another guest is let in",
            "if (uuid != expected)", "if (uuid == Guid.AllBitsSet)"),
        Bug(Introduction, "multifd-id-one-off", "9.2 #45", "the channel id that equals the number of channels is let in",
            "return id < channelCount", "return id <= channelCount"),
        Bug(Introduction, "multifd-initial-version-not-checked", "slip", "a channel of another version is let in",
            "if (version != MultifdPacket.Version)", "if (version == 0)"),
        Bug(Receiver, "multifd-zero-page-not-written-at-first", "L7", "the first zero page of a place is taken to be zero already",
            "received.UniquePages += memory.ZeroPage(_block!, PageAt(i));",
            "received.UniquePages += _block!.Received[PageAt(i)] ? memory.ZeroPage(_block!, PageAt(i)) : memory.Arrived(_block!, PageAt(i));"),
        Bug(Receiver, "multifd-zero-offsets-from-the-front", "slip", "the offsets of zero pages are looked for among those of normal ones",
            "int first = (int)header.NormalPages;", "int first = 0;"),
        Bug(Receiver, "multifd-zero-pages-not-counted", "C2", "zero pages of a packet are not counted",
            "received.ZeroPages += header.ZeroPages;", ""),
        Bug(Receiver, "multifd-normal-pages-not-counted", "C2", "pages of a packet are not counted",
            "received.NormalPages += count;", ""),
        Bug(Receiver, "multifd-stale-block", "9.2 #38", "a channel goes on with the block of its first packet",
            "if (_block is null || !name.SequenceEqual(_block.Utf8Name))", "if (_block is null)"),
        Bug(Receiver, "multifd-last-page-of-packet-lost", "slip", "the last page of a compressed packet stays compressed",
            "for (int i = 0; i < pages && error is null; i++)", "for (int i = 0; i < pages - 1 && error is null; i++)"),
        Bug(Receiver, "multifd-page-one-off", "9.2 #1", "the page behind a block's last is accepted",
            "if (end == 0 || page > end - (ulong)memory.PageSizeBytes)",
            "if (end == 0 || page > end)"),
        Bug(Receiver, "multifd-unaligned-offset-accepted", "L16", "a page that does not begin at a page is accepted",
            "if ((page & (ulong)(memory.PageSizeBytes - 1)) != 0)", "if ((page & 1) != 0)"),
        Bug(Receiver, "multifd-page-count-not-checked", "9.2 #32", "a packet may have more normal pages than room",
            "if (header.NormalPages > header.PagesAllocated || header.ZeroPages > header.PagesAllocated - header.NormalPages)",
            "if (header.ZeroPages > header.PagesAllocated)"),
        Bug(Receiver, "multifd-compression-not-compared", "slip", "a packet is decompressed by this side's method whatever it says",
            "if (method != (decompressor?.Flag ?? 0))", "if (method > MultifdPacket.CompressionMask)"),
        Bug(Prefix, "multifd-unknown-flag-refused", "4.3", "a packet with a flag that means nothing is refused",
            "(Flags & MultifdPacket.FlagDeviceState) != 0", "(Flags & 0xc0) != 0"),
        Bug(Receiver, "multifd-cut-packet-is-a-goodbye", "slip", "a channel that ends inside a packet has ended in order",
            "if (reader.Window.IsEmpty && reader.Failure is null)", "if (reader.Failure is null)"),
        Bug(Packet, "multifd-block-name-cut", "slip", "only the first two characters of a packet's block name are looked at",
            "CString.Of(source.Slice(NameOffset, NameFieldBytes - 1));", "CString.Of(source.Slice(NameOffset, 2));"),
        // Kept inside the block: a bug that writes anywhere would end the harness.
        Bug(Receiver, "multifd-header-shared-by-channels", "9.2 #38", "all channels look up their pages' places in the last packet of any",
            """
                    return null;
                }

                private long PageAt(int index) => (long)(MultifdPacketHeader.Offset(_header, index) >> memory.PageShift);
            """,
            """
                    _last = _header;
                    return null;
                }

                private static byte[] _last = [];

                private long PageAt(int index) =>
                    (long)(MultifdPacketHeader.Offset(_last, index) % (ulong)_block!.UsedLengthBytes >> memory.PageShift);
            """, BugKind.Concurrency),
        Bug("src/Qemu.Migration.Destination/Session/Introduction.cs", "no-more-than-16-channels", "slip", "a channel whose id is above 15 is refused",
            "return id < channelCount", "return id < Math.Min(channelCount, 16)"),
        Bug("src/Qemu.Migration.Destination/Multifd/MultifdSession.cs", "channels-must-come-in-order", "9.2 #63", "a channel that comes before one of a lower id is refused",
            "if (_receivers[receiver.Id] is not null)", "if (_receivers[receiver.Id] is not null || receiver.Id != _running)"),
    ];
}
