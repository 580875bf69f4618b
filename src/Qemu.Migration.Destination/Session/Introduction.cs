using System.Buffers.Binary;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Session;

/// <summary>What a connection says of itself with its first bytes (stream reference, sections 4.1 and 4.2).</summary>
/// <param name="IsMain">Whether it looks like a main channel.</param>
/// <param name="Refusal">Why it is none of a migration's; null when it looks like one.</param>
/// <param name="ChannelId">A multifd channel's number.</param>
/// <param name="Error">What is wrong with a multifd channel's initial packet.</param>
internal readonly record struct Introduction(bool IsMain, string? Refusal = null, byte ChannelId = 0, StreamError? Error = null)
{
    /// <summary>Reads the first four bytes of a connection that came through a listener: there everybody can connect.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="awaitsChannels">Whether a multifd channel may come.</param>
    public static async ValueTask<Introduction> ReadMagicAsync(QemuFileReader reader, bool awaitsChannels)
    {
        if (!await reader.FillAsync(4))
            return new(false, reader.Failure ?? $"it ended after {reader.Window.Length} bytes");
        uint magic = reader.PeekUInt32();
        bool looksLikeMain = magic == FileHeader.Magic;
        if (!looksLikeMain && (magic != MultifdPacket.Magic || !awaitsChannels))
            return new(false, $"it begins with 0x{magic:x8}, which is no migration");
        return new(looksLikeMain);
    }

    /// <summary>Whether a connection begins as a recovery's: with RECV_BITMAP, or with RESUME (stream reference, section 6.5).</summary>
    /// <param name="window">At least its first 4 bytes.</param>
    public static bool IsRecovery(ReadOnlySpan<byte> window) => (SectionType)window[0] == SectionType.Command
        && (CommandType)BinaryPrimitives.ReadUInt16BigEndian(window[1..]) is CommandType.RecvBitmap or CommandType.PostcopyResume;

    /// <summary>Reads the first record of what may be a channel for urgent pages, up to its block's name.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="memory">The guest's blocks.</param>
    /// <returns>Whether it is a record of a page.</returns>
    public static async ValueTask<bool> IsUrgentAsync(QemuFileReader reader, GuestMemory memory)
    {
        DecodeStatus status;
        while ((status = RamRecord.TryRead(reader.Window, memory.PageSizeBytes, out _, out _)).NeedsMoreData)
        {
            if (!await reader.FillAsync(status.NeededBytes))
                return false;
        }
        RamRecord.TryRead(reader.Window, memory.PageSizeBytes, out RamRecord record, out _);
        return record.Flags is RamFlags.Page or RamFlags.Zero && memory.Find(record.BlockName) is not null;
    }

    /// <summary>Reads a multifd channel's initial packet: who is it, for which guest.</summary>
    /// <param name="reader">The connection.</param>
    /// <param name="machine">The guest's machine.</param>
    /// <param name="channelCount">How many channels there are.</param>
    public static async ValueTask<Introduction> ReadInitialPacketAsync(QemuFileReader reader, MachineProfile machine, int channelCount)
    {
        if (!await reader.FillForAsync<MultifdInitialPacket>(MultifdInitialPacket.TryRead))
            return new(false, Error: Errors.Truncated(reader, $"a multifd channel's initial packet").WithChannel("multifd", null));
        MultifdInitialPacket.TryRead(reader.Window, out MultifdInitialPacket packet, out int consumed);
        reader.Advance(consumed);
        StreamError? error = Check(packet, machine.Uuid ?? Guid.Empty, channelCount);
        return new(false, ChannelId: packet.Channel, Error: error?.WithChannel($"multifd {packet.Channel}", null));
    }

    private static StreamError? Check(MultifdInitialPacket packet, Guid expected, int channelCount)
    {
        (uint magic, uint version, Guid uuid, byte id) = packet;
        if (magic != MultifdPacket.Magic)
            return new(StreamErrorCode.MultifdMagic, 0, $"an initial packet with magic 0x{magic:x8}, not 0x{MultifdPacket.Magic:x8}");
        if (version != MultifdPacket.Version)
            return new(StreamErrorCode.MultifdVersion, 4, $"an initial packet of version {version}, not {MultifdPacket.Version}");
        if (uuid != expected)
            return new(StreamErrorCode.MultifdUuid, 8, $"the channel is for guest {uuid}, not {expected}");
        return id < channelCount
            ? null
            : new(StreamErrorCode.MultifdChannelId, 24, $"channel id {id} of {channelCount} channels");
    }
}
