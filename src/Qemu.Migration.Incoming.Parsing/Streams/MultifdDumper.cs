using System.Globalization;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>Reads a multifd channel packet by packet (stream reference, sections 4.2 to 4.4).</summary>
/// <param name="channel">The channel's bytes, from its initial packet on.</param>
/// <param name="pageSizeBytes">Bytes of a page.</param>
/// <param name="tell">Takes each packet and each of its pages.</param>
internal sealed class MultifdDumper(MigrationChannel channel, int pageSizeBytes, Action<StreamRecord> tell) : IDisposable
{
    private readonly StreamCursor _cursor = new(channel);

    /// <summary>Reads the whole channel.</summary>
    /// <exception cref="FormatException">It cannot be followed any further; the message says where and why.</exception>
    public void Dump()
    {
        MultifdInitialPacket initial = _cursor.Take<MultifdInitialPacket>(MultifdInitialPacket.TryRead, "an initial packet");
        Tell(0, "MULTIFD_INITIAL", $"channel {initial.Channel} uuid {initial.Uuid}");
        while (_cursor.Fill(1))
        {
            _cursor.Need(MultifdPacketPrefix.SizeBytes, "a packet");
            if (MultifdPacketPrefix.TryRead(_cursor.Left, out MultifdPacketPrefix prefix, out _) == DecodeStatus.Done && prefix.IsDeviceState)
                DumpDeviceState();
            else
                DumpPages();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();

    private void DumpDeviceState()
    {
        long offset = _cursor.Offset;
        MultifdDeviceStateHeader header = _cursor.Take<MultifdDeviceStateHeader>(MultifdDeviceStateHeader.TryRead, "a packet of device state");
        uint payload = header.PayloadBytes;
        Tell(offset, "MULTIFD_DEVICE_STATE", $"{CString.Text(header.Name)} instance {header.InstanceId}, {payload} bytes");
        _cursor.Skip(payload, "a packet's payload");
    }

    private void DumpPages()
    {
        long offset = _cursor.Offset;
        _cursor.Need(MultifdPacket.HeaderBytes(pageSizeBytes), "a packet's header");
        byte[] bytes = _cursor.Left[..MultifdPacket.HeaderBytes(pageSizeBytes)].ToArray();
        MultifdPacketHeader header = _cursor.Take<MultifdPacketHeader>(TryReadPacket, "a packet's header");
        string block = CString.Text(MultifdPacketHeader.BlockName(bytes));
        string sync = (header.Flags & MultifdPacket.FlagSync) != 0 ? " SYNC" : "";
        tell(new(
            offset, "", "MULTIFD_PACKET", block, null,
            string.Create(
                CultureInfo.InvariantCulture,
                $"number {header.PacketNumber} flags 0x{header.Flags:x} normal {header.NormalPages} zero {header.ZeroPages}{sync}")));
        long pages = (long)header.NormalPages + header.ZeroPages;
        if (pages > MultifdPacket.PagesPerPacket(pageSizeBytes))
            throw _cursor.Bad($"a packet of {pages} pages", offset);
        for (int i = 0; i < pages; i++)
            tell(new(offset, "", i < header.NormalPages ? "PAGE" : "ZERO", block, MultifdPacketHeader.Offset(bytes, i), ""));
        // Without compression a destination goes by the pages, whatever the payload's length says.
        bool isPlain = (header.Flags & MultifdPacket.CompressionMask) == 0;
        _cursor.Skip(isPlain ? (long)header.NormalPages * pageSizeBytes : header.PayloadBytes, "a packet's payload");
    }

    private DecodeStatus TryReadPacket(ReadOnlySpan<byte> source, out MultifdPacketHeader header, out int consumed) =>
        MultifdPacketHeader.TryRead(source, pageSizeBytes, out header, out consumed);

    private void Tell(long offset, string kind, string extra) => tell(new(offset, "", kind, "", null, extra));
}
