using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Decodes a structure and encodes what was decoded.</summary>
/// <param name="source">Bytes from the structure on.</param>
/// <param name="destination">Room for it.</param>
/// <param name="consumed">What the decoder consumed.</param>
/// <param name="written">What the encoder wrote; 0 unless decoding was done.</param>
/// <returns>What the decoder says.</returns>
internal delegate DecodeStatus Recoder(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written);

/// <summary>One structure of the format with its decoder and encoder.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Recode">Decoder and encoder.</param>
/// <param name="Example">A good one.</param>
internal sealed record WireStructure(string Name, Recoder Recode, byte[] Example)
{
    private const int PageBytes = 4096;

    /// <summary>Bytes that a decoder passes over: none, so that a value has one encoding only, unless it says otherwise.</summary>
    public Range PassedOver { get; init; } = ..0;

    /// <summary>Where a name lies whose bytes behind the first NUL mean nothing, the last one counting as NUL; empty where none does.</summary>
    public Range NulEndedName { get; init; } = ..0;

    /// <summary>Whether an encoding says what another says.</summary>
    /// <param name="one">An encoding.</param>
    /// <param name="other">The other.</param>
    /// <returns>False when they differ where it matters.</returns>
    public bool SaysTheSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (one.Length != other.Length)
            return false;
        int end = NulEndedName.End.Value;
        for (int i = 0; i < one.Length; i++)
        {
            bool isPassedOver = i >= PassedOver.Start.Value && i < PassedOver.End.Value;
            if (one[i] != other[i] && !isPassedOver)
                return false;
            if ((one[i] == 0 || i == end - 2) && i >= NulEndedName.Start.Value && i < end)
                i = end - 1;
        }

        return true;
    }

    /// <summary>All structures. The fuzz target and the tests of Wire go through them.</summary>
    public static IReadOnlyList<WireStructure> All { get; } =
    [
        Of<FileHeader>(
            "file header", FileHeader.TryRead, (in _, room) => FileHeader.Write(room),
            "5145564d00000003"),
        Of<ConfigurationHeader>(
            "configuration", ConfigurationHeader.TryRead, (in value, room) => value.Write(room),
            "07000000046e6f6e65"),
        Of<uint>(
            "page bits", ConfigurationBody.TryReadPageBits, (in value, room) => ConfigurationBody.Write(room, value),
            "0000000c"),
        Of<uint>(
            "capability count", ConfigurationBody.TryReadCapabilityCount, (in value, room) => ConfigurationBody.Write(room, value),
            "00000002"),
        Of<Guid>(
            "uuid", ConfigurationBody.TryReadUuid, (in value, room) => ConfigurationBody.Write(room, value),
            "00112233445566778899aabbccddeeff"),
        Of<ReadOnlySpan<byte>>(
            "counted string", CountedString.TryRead, (in value, room) => CountedString.Write(room, value),
            "0372616d"),
        Of<SubsectionHeader>(
            "subsection header", SubsectionHeader.TryRead, (in value, room) => value.Write(room),
            "0503612f6200000001"),
        Of<SectionHeader>(
            "section header", SectionHeader.TryRead, (in value, room) => value.Write(room),
            "01000000010372616d0000000000000004"),
        Of<SectionPartHeader>(
            "part header", SectionPartHeader.TryRead, (in value, room) => value.Write(room),
            "0200000001"),
        Of<SectionFooter>(
            "footer", SectionFooter.TryRead, (in value, room) => value.Write(room),
            "7e00000001"),
        Of<CommandHeader>(
            "command header", CommandHeader.TryRead, (in value, room) => value.Write(room),
            "0800020004"),
        Of<uint>(
            "ping", CommandPayload.TryReadPing, (in value, room) => CommandPayload.Write(room, value),
            "00000001"),
        Of<uint>(
            "packaged", CommandPayload.TryReadPackaged, (in value, room) => CommandPayload.Write(room, value),
            "00001000"),
        Of<ReadOnlySpan<byte>>(
            "receive bitmap", CommandPayload.TryReadRecvBitmap, (in value, room) => CommandPayload.Write(room, value),
            "0372616d"),
        Of<PostcopyAdvice>(
            "advise", PostcopyAdvice.TryRead, (in value, room) => value.Write(room),
            "00000000000010000000000000001000"),
        new("discard command", RecodeDiscard, Convert.FromHexString("0800060016" + "000372616d00" + "00000000000010000000000000002000")),
        Of<RamRecord>(
            "ram record", TryReadRecord, (in value, room) => value.Write(room),
            "00000000000020080372616d"),
        Of<BlockListEntry>(
            "block list entry", BlockListEntry.TryRead, (in value, room) => value.Write(room),
            "0372616d0000000000100000"),
        Of<ulong>(
            "block list field", BlockListEntry.TryReadField, (in value, room) => BlockListEntry.WriteField(room, value),
            "0000000000001000"),
        Of<MappedRamHeader>(
            "mapped-ram header", MappedRamHeader.TryRead, (in value, room) => value.Write(room),
            "00000001000000000000100000000000000000810000000000100000"),
        Of<XbzrleHeader>(
            "xbzrle header", XbzrleHeader.TryRead, (in value, room) => value.Write(room),
            "010004"),
        Of<MultifdInitialPacket>(
            "multifd initial packet", MultifdInitialPacket.TryRead, (in value, room) => value.Write(room),
            "1122334400000001" + new string('0', 2 * 16) + "03" + new string('0', 2 * 39)) with { PassedOver = 25..64 },
        Of<MultifdPacketPrefix>(
            "multifd prefix", MultifdPacketPrefix.TryRead, (in value, room) => value.Write(room),
            "112233440000000100000001"),
        new("multifd packet", RecodePacket, Packet()) { PassedOver = 36..64, NulEndedName = 64..320 },
        Of<MultifdDeviceStateHeader>(
            "multifd device state", MultifdDeviceStateHeader.TryRead, (in value, room) => value.Write(room),
            "112233440000000100000040" + "747069" + new string('0', 2 * 253) + "0000000000000010") with { NulEndedName = 12..268 },
        Of<ReturnPathMessage>(
            "return-path message", ReturnPathMessage.TryRead, (in value, room) => value.Write(room),
            "000300100000000000001000000010000372616d"),
        Of<RecoveryBitmap>(
            "recovery bitmap", RecoveryBitmap.TryRead, (in value, room) => value.Write(room),
            "0000000000000008" + "ff00000000000000" + "0123456789abcdef"),
        Of<VmDescriptionHeader>(
            "description header", VmDescriptionHeader.TryRead, (in value, room) => value.Write(room),
            "0600000002"),
    ];

    private delegate int Encoder<T>(in T value, Span<byte> destination)
        where T : allows ref struct;

    private static WireStructure Of<T>(string name, Decoder<T> decode, Encoder<T> encode, string example)
        where T : allows ref struct =>
        new(
            name,
            (ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written) =>
            {
                DecodeStatus status = decode(source, out T value, out consumed);
                written = status == DecodeStatus.Done ? encode(value, destination) : 0;
                return status;
            },
            Convert.FromHexString(example));

    private static DecodeStatus TryReadRecord(ReadOnlySpan<byte> source, out RamRecord record, out int consumed) =>
        RamRecord.TryRead(source, PageBytes, out record, out consumed);

    // How many ranges a discard has, only its command's header says.
    private static DecodeStatus RecodeDiscard(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        written = 0;
        DecodeStatus status = CommandHeader.TryRead(source, out CommandHeader header, out consumed);
        if (status != DecodeStatus.Done)
            return status;
        int headerBytes = consumed;
        status = RamDiscard.TryRead(source[headerBytes..], header.LengthBytes, out RamDiscard discard, out consumed);
        if (status != DecodeStatus.Done)
            return status.NeedsMoreData ? DecodeStatus.NeedMoreData(headerBytes + status.NeededBytes) : status;
        consumed += headerBytes;
        (ulong, ulong)[] ranges = new (ulong, ulong)[discard.Count];
        for (int i = 0; i < ranges.Length; i++)
            ranges[i] = discard[i];
        written = header.Write(destination);
        written += RamDiscard.Write(destination[written..], discard.Block, ranges);
        return status;
    }

    private static DecodeStatus RecodePacket(ReadOnlySpan<byte> source, Span<byte> destination, out int consumed, out int written)
    {
        written = 0;
        DecodeStatus status = MultifdPacketHeader.TryRead(source, PageBytes, out MultifdPacketHeader header, out consumed);
        if (status != DecodeStatus.Done)
            return status;
        Span<ulong> offsets = stackalloc ulong[MultifdPacket.PagesPerPacket(PageBytes)];
        for (int i = 0; i < offsets.Length; i++)
            offsets[i] = MultifdPacketHeader.Offset(source, i);
        written = header.Write(destination, PageBytes, MultifdPacketHeader.BlockName(source), offsets);
        return status;
    }

    private static byte[] Packet()
    {
        byte[] packet = new byte[MultifdPacket.HeaderBytes(PageBytes)];
        new MultifdPacketHeader(0, 128, 2, 2 * PageBytes, 7, 1).Write(packet, PageBytes, "ram"u8, [0, 0x1000, 0x5000]);
        return packet;
    }
}
