using System.Buffers.Binary;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// The devices of a stream that goes on in postcopy: it has no description of them, but the guest's package names their sections (stream
/// reference, section 6.3). What is in a section is not known, so that a loader goes by its footer.
/// <code>
/// 08 0007 0004 u32 length   08 0004 0000   { 04 section … 7e footer | 08 command }*
/// </code>
/// </summary>
internal static class PackagedDevices
{
    private static ReadOnlySpan<byte> Packaged => [(byte)SectionType.Command, 0, (byte)CommandType.Packaged, 0, sizeof(uint)];

    private static ReadOnlySpan<byte> Listen => [(byte)SectionType.Command, 0, (byte)CommandType.PostcopyListen, 0, 0];

    /// <summary>Finds a stream's package.</summary>
    /// <param name="stream">The stream.</param>
    /// <returns>The sections in it; null where there is no package.</returns>
    public static IReadOnlyList<DeviceSection>? Find(StoredChannel stream)
    {
        int length = (int)Math.Min(stream.LengthBytes, Array.MaxLength);
        ReadOnlySpan<byte> left = stream.View(0, length).Span;
        for (int at; (at = left.IndexOf(Packaged)) >= 0;)
        {
            left = left[(at + Packaged.Length)..];
            if (left.Length < sizeof(uint) || !left[sizeof(uint)..].StartsWith(Listen))
                continue;
            uint bytes = BinaryPrimitives.ReadUInt32BigEndian(left);
            return ReadSections(left[sizeof(uint)..][..(int)Math.Min(bytes, left.Length - sizeof(uint))]);
        }
        return null;
    }

    private static List<DeviceSection> ReadSections(ReadOnlySpan<byte> left)
    {
        List<DeviceSection> devices = [];
        while (!left.IsEmpty)
        {
            if ((SectionType)left[0] == SectionType.Command)
            {
                if (CommandHeader.TryRead(left, out CommandHeader command, out int headerBytes) != DecodeStatus.Done || left.Length < headerBytes + command.LengthBytes)
                    break;
                left = left[(headerBytes + command.LengthBytes)..];
                continue;
            }
            if (SectionHeader.TryRead(left, out SectionHeader header, out int consumed) != DecodeStatus.Done)
                break;
            (string name, uint instance, uint version) = (CString.Text(header.Name), header.InstanceId, header.Version);
            SectionFooter footer = new(header.Id);
            left = left[consumed..];
            for (int before; left.Length >= SectionFooter.SizeBytes && (before = footer.BytesBefore(left)) > 0;)
                left = left[before..];
            left = left[Math.Min(left.Length, SectionFooter.SizeBytes)..];
            if (name is not ("ram" or "globalstate" or "dirty-bitmap") && version <= int.MaxValue)
                devices.Add(Section(name, instance, (int)version));
        }
        return devices;
    }

    private static DeviceSection Section(string name, uint instance, int version) => new()
    {
        Name = name,
        InstanceId = instance,
        State = new()
        {
            Name = name,
            Version = version,
            Fields = [new() { Name = "state", Type = "buffer", SizeBytes = 0, Varies = true }],
        },
    };
}
