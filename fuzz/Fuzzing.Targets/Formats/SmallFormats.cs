using System.Buffers.Binary;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Records of the ram section, one after another.</summary>
internal sealed class RamSectionFormat : InputFormat
{
    public static RamSectionFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. StreamTemplates.RamRecords()];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        RamRecordScan.Read(ref scan, stopsAtEos: false);
        scan.Rest();
    }
}

/// <summary>A fill byte and a delta: runs that stay and runs that change, by turns.</summary>
internal sealed class XbzrleFormat : InputFormat
{
    public static XbzrleFormat Instance { get; } = new();

    // Lengths around what one byte holds, and around a page.
    public override IReadOnlyList<byte[]> Dictionary { get; } =
        [[0], [1], [0x7f], [0x80, 1], [0x81, 1], [0xff, 0x1f], [0x80, 0x20], [0x81, 0x20], [0xff, 0x7f], [0x80, 0x80, 1]];

    public override IReadOnlyList<byte[]> Templates { get; } =
        [[3, 2, 9, 9], [0x80, 1, 1, 7], [0, 1, 1], [0xff, 0x1f, 1, 8], [1, 0x80, 1, .. new byte[128]]];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        if (scan.Left > 0)
            scan.Part(1, PartKind.Option);
        while (scan.Left > 0)
        {
            int length = Length(scan, 0, out int width);
            if (!scan.Has(width + 1))
                break;
            map.AddField(new(scan.At, width, FieldRole.Value, IsLittleEndian: true));
            int changed = Length(scan, width, out int changedWidth);
            _ = length;
            if (!scan.Has(width + changedWidth))
                break;
            map.AddField(new(
                scan.At + width, changedWidth, changedWidth == 1 ? FieldRole.Length : FieldRole.Value,
                scan.At + width + changedWidth, scan.At + width + changedWidth + changed, IsLittleEndian: true));
            scan.Part(width + changedWidth + changed, PartKind.Run);
        }
        scan.Rest();
    }

    private static int Length(in StreamScan scan, int ahead, out int width)
    {
        int low = scan.Has(ahead + 1) ? scan.Peek(ahead) : 0;
        width = low < 0x80 || !scan.Has(ahead + 2) ? 1 : 2;
        return width == 1 ? low : (low & 0x7f) | scan.Peek(ahead + 1) << 7;
    }
}

/// <summary>Messages of the return path.</summary>
internal sealed class ReturnPathFormat : InputFormat
{
    public static ReturnPathFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } =
        [[0, 1, 0, 4, 0, 0, 0, 0], [0, 2, 0, 4, 1, 2, 3, 4], [0, 7, 0, 0], [0, 6, 0, 4, 0, 0, 0, 1]];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        while (scan.Has(ReturnPathMessage.HeaderBytes))
        {
            int length = scan.PeekUInt16(2);
            scan.Field(0, 2, FieldRole.Identifier);
            scan.Length(2, 2, 4, length);
            scan.Part(4 + length, PartKind.Message);
        }
        scan.Rest();
    }
}

/// <summary>A byte that says which structure, and the structure.</summary>
internal sealed class WireStructureFormat : InputFormat
{
    public static WireStructureFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } =
        [.. WireStructure.All.Select((structure, i) => (byte[])[(byte)i, .. structure.Example])];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        if (scan.Left > 0)
            scan.Part(1, PartKind.Option);
        scan.Rest();
    }
}

/// <summary>A mapped-ram file: the stream, and inside its block list headers that point to bitmaps and pages.</summary>
internal sealed class MappedRamFormat : InputFormat
{
    public static MappedRamFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. StreamTemplates.Sections(), Header(0x1000, 0x2000), Header(0, 0)];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        MainStreamFormat.Instance.Read(input, map);

        // The header follows the length of the block; it is told by its version and page size.
        ReadOnlySpan<byte> mark = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x10, 0];
        for (int at = input.IndexOf(mark); at >= 0 && at + MappedRamHeader.SizeBytes <= input.Length;)
        {
            map.AddField(new(at, 4, FieldRole.Version));
            map.AddField(new(at + 4, 8, FieldRole.Value));
            map.AddField(new(at + 12, 8, FieldRole.Offset));
            map.AddField(new(at + 20, 8, FieldRole.Offset));
            int next = input[(at + 1)..].IndexOf(mark);
            at = next < 0 ? -1 : at + 1 + next;
        }
    }

    private static byte[] Header(ulong bitmap, ulong pages)
    {
        byte[] header = new byte[MappedRamHeader.SizeBytes];
        new MappedRamHeader(1, 4096, bitmap, pages).Write(header);
        return header;
    }
}

/// <summary>A <see cref="SessionScript"/>: chunks of connections, and in them what fits: a main stream or packets.</summary>
internal sealed class SessionFormat : InputFormat
{
    public static SessionFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. SessionTemplates.Chunks()];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        Read(ref scan);
    }

    /// <summary>Reads a script from where the scan stands.</summary>
    public static void Read(ref StreamScan scan) => Read(ref scan, Content);

    /// <summary>Reads a script from where the scan stands.</summary>
    /// <param name="scan">The place.</param>
    /// <param name="content">Adds the fields of a chunk, which begins at a place.</param>
    public static void Read(ref StreamScan scan, ContentReader content)
    {
        if (scan.Left == 0)
            return;
        scan.Field(0, 1, FieldRole.Flags);
        scan.Part(1, PartKind.Option);
        while (scan.Has(SessionScript.ChunkHeaderBytes))
        {
            int length = Math.Min(scan.PeekUInt16(1), scan.Left - SessionScript.ChunkHeaderBytes);
            scan.Field(0, 1, FieldRole.Identifier);
            scan.Length(1, 2, SessionScript.ChunkHeaderBytes, length);
            content(scan.Input.Slice(scan.At + SessionScript.ChunkHeaderBytes, length), scan.At + SessionScript.ChunkHeaderBytes, scan.Map);
            scan.Part(SessionScript.ChunkHeaderBytes + length, PartKind.Chunk, lane: scan.Peek() % SessionScript.Connections);
        }
        scan.Rest();
    }

    /// <summary>Adds the fields of a chunk.</summary>
    /// <param name="chunk">Its bytes.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="map">Where they go.</param>
    public delegate void ContentReader(ReadOnlySpan<byte> chunk, int start, StructureMap map);

    // Only fields are listed: the chunks are the parts.
    private static void Content(ReadOnlySpan<byte> chunk, int start, StructureMap map)
    {
        int at = 0;
        while (chunk.Length - at >= 36 && BinaryPrimitives.ReadUInt32BigEndian(chunk[at..]) == MultifdPacket.Magic)
        {
            int packet = start + at;
            bool isInitial = chunk.Length - at < MultifdPacket.FixedBytes || chunk[at + 8] != 0 || (at == 0 && chunk.Length == MultifdInitialPacket.SizeBytes);
            map.AddField(new(packet + 4, 4, FieldRole.Version));
            if (isInitial)
            {
                map.AddField(new(packet + 24, 1, FieldRole.Identifier));
                at += MultifdInitialPacket.SizeBytes;
                continue;
            }
            map.AddField(new(packet + 8, 4, FieldRole.Flags));
            map.AddField(new(packet + 11, 1, FieldRole.Flags));
            map.AddField(new(packet + 12, 4, FieldRole.Count));
            map.AddField(new(packet + 16, 4, FieldRole.Count));
            map.AddField(new(packet + 20, 4, FieldRole.Length));
            map.AddField(new(packet + 32, 4, FieldRole.Count));
            long pages = Math.Min(8, 1L + BinaryPrimitives.ReadUInt32BigEndian(chunk[(at + 16)..]) + BinaryPrimitives.ReadUInt32BigEndian(chunk[(at + 32)..]));
            for (int i = 0; i < pages && at + MultifdPacket.FixedBytes + (8 * i) + 8 <= chunk.Length; i++)
                map.AddField(new(packet + MultifdPacket.FixedBytes + (8 * i), 8, FieldRole.Offset));
            at += MultifdPacket.HeaderBytes(4096) + (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(chunk[(at + 20)..]), 1 << 20);
            if (at > chunk.Length)
                return;
        }
    }
}
