using Fuzzing.Engine.Mutation;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>A main stream (stream reference, section 1): header, configuration, sections, commands, end, description.</summary>
internal sealed class MainStreamFormat : InputFormat
{
    private const int TimerBytes = 24;
    private const int GlobalStateBytes = 104;

    public static MainStreamFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. StreamTemplates.Sections(), .. StreamTemplates.RamRecords()];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        Read(ref scan);
    }

    /// <summary>Reads a stream from where the scan stands.</summary>
    public static void Read(ref StreamScan scan)
    {
        if (scan.Has(FileHeader.SizeBytes) && scan.PeekUInt32() == FileHeader.Magic)
        {
            scan.Field(0, 4, FieldRole.Magic);
            scan.Field(4, 4, FieldRole.Version);
            scan.Part(FileHeader.SizeBytes, PartKind.FileHeader);
        }
        while (scan.Left > 0)
        {
            if (!ReadOne(ref scan))
            {
                scan.Rest();
                return;
            }
        }
    }

    private static bool ReadOne(ref StreamScan scan)
    {
        switch ((SectionType)scan.Peek())
        {
            case SectionType.Configuration when scan.Has(5):
                int name = (int)Math.Min(scan.PeekUInt32(1), int.MaxValue / 2);
                scan.Length(1, 4, 5, Math.Min(name, scan.Left - 5));
                scan.Part(5L + name, PartKind.Configuration);
                return true;
            case SectionType.Subsection when scan.Has(2):
                Subsection(ref scan);
                return true;
            case SectionType.Start or SectionType.Full when scan.Has(6) && scan.Has(14 + scan.Peek(5)):
                Section(ref scan);
                return true;
            case SectionType.Part or SectionType.End when scan.Has(5):
                scan.Field(0, 1, FieldRole.Flags);
                scan.Field(1, 4, FieldRole.Identifier);
                scan.Part(5, PartKind.SectionHeader);
                RamRecordScan.Read(ref scan, stopsAtEos: true);
                return true;
            case SectionType.Footer when scan.Has(5):
                scan.Field(1, 4, FieldRole.Identifier);
                scan.Part(5, PartKind.Footer);
                return true;
            case SectionType.Command when scan.Has(5):
                int length = scan.PeekUInt16(3);
                scan.Field(1, 2, FieldRole.Identifier);
                scan.Length(3, 2, 5, length);
                scan.Part(5 + length, PartKind.Command);
                return true;
            case SectionType.Eof:
                scan.Part(1, PartKind.End);
                return true;
            case SectionType.VmDescription when scan.Has(5):
                long described = scan.PeekUInt32(1);
                scan.Length(1, 4, 5, (int)Math.Min(described, scan.Left - 5));
                scan.Part(5 + described, PartKind.Description);
                return true;
            default:
                return false;
        }
    }

    private static void Subsection(ref StreamScan scan)
    {
        int name = scan.Peek(1);
        scan.Length(1, 1, 2, name);
        if (scan.Has(6 + name))
            scan.Field(2 + name, 4, FieldRole.Version);
        int start = scan.At;
        int end = scan.Has(6 + name) ? NextMarker(scan, start + 6 + name) : scan.Input.Length;
        scan.Part(end - start, PartKind.Configuration);
    }

    private static void Section(ref StreamScan scan)
    {
        int name = scan.Peek(5);
        uint id = scan.PeekUInt32(1);
        scan.Field(0, 1, FieldRole.Flags);
        scan.Field(1, 4, FieldRole.Identifier);
        scan.Length(5, 1, 6, name);
        scan.Field(6 + name, 4, FieldRole.Identifier);
        scan.Field(10 + name, 4, FieldRole.Version);
        ReadOnlySpan<byte> idstr = scan.Input.Slice(scan.At + 6, name);
        scan.Part(14 + name, PartKind.SectionHeader);
        if (idstr.SequenceEqual("ram"u8))
        {
            RamRecordScan.Read(ref scan, stopsAtEos: true);
            return;
        }
        int body = idstr.SequenceEqual("timer"u8) ? TimerBytes
            : idstr.SequenceEqual("globalstate"u8) ? GlobalStateBytes
            : FooterOf(scan, id) - scan.At;
        if (scan.Has(body))
            scan.Map.AddBody(scan.At, scan.At + body);
        scan.Part(body, PartKind.DeviceState);
    }

    // Device state has no length: it ends where a footer with the section's id begins.
    private static int FooterOf(in StreamScan scan, uint id)
    {
        Span<byte> footer = stackalloc byte[5];
        footer[0] = (byte)SectionType.Footer;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(footer[1..], id);
        int at = scan.Input[scan.At..].IndexOf(footer);
        return at < 0 ? scan.Input.Length : scan.At + at;
    }

    private static int NextMarker(in StreamScan scan, int from)
    {
        int at = scan.Input[Math.Min(from, scan.Input.Length)..].IndexOfAny((byte)SectionType.Start, (byte)SectionType.Subsection);
        return at < 0 ? scan.Input.Length : from + at;
    }
}
