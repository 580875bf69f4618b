using Fuzzing.Engine.Mutation;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>A <see cref="Postcopy.PostcopyScript"/>: chunks, of which most are one command, one section, or orders.</summary>
internal sealed class PostcopyFormat : InputFormat
{
    private const int CommandHeaderBytes = 5;
    private const int PartHeaderBytes = 5;

    public static PostcopyFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. PostcopyTemplates.Chunks()];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        Read(ref scan);
    }

    /// <summary>Reads a script from where the scan stands.</summary>
    public static void Read(ref StreamScan scan) => SessionFormat.Read(ref scan, Content);

    // Only fields are listed: the chunks are the parts.
    private static void Content(ReadOnlySpan<byte> chunk, int start, StructureMap map)
    {
        if (chunk.Length < CommandHeaderBytes)
            return;
        StreamScan scan = new(chunk, map);
        switch ((SectionType)chunk[0])
        {
            case SectionType.Command:
                map.AddField(new(start + 1, 2, FieldRole.Identifier));
                map.AddField(new(start + 3, 2, FieldRole.Length, start + CommandHeaderBytes, start + Math.Min(chunk.Length, CommandHeaderBytes + scan.PeekUInt16(3))));
                break;
            case SectionType.Part or SectionType.End when chunk.Length >= PartHeaderBytes + RamFlags.HeaderBytes:
                map.AddField(new(start + 1, 4, FieldRole.Identifier));
                map.AddField(new(start + PartHeaderBytes, RamFlags.HeaderBytes, FieldRole.Offset));
                break;
            case SectionType.Eof when chunk.Length >= RamFlags.HeaderBytes:
                // A record of the channel for urgent pages: offsets below 2^56.
                map.AddField(new(start, RamFlags.HeaderBytes, FieldRole.Offset));
                break;
            default:
                break;
        }
    }
}
