using System.Buffers.Binary;
using Fuzzing.Engine.Mutation;

namespace Fuzzing.Targets.Formats;

/// <summary>A place in an input that is being read for its structure, with what all formats need.</summary>
internal ref struct StreamScan(ReadOnlySpan<byte> input, StructureMap map, int start = 0)
{
    private readonly ReadOnlySpan<byte> _input = input;

    /// <summary>The next byte.</summary>
    public int At = start;

    /// <summary>Where parts and fields go.</summary>
    public readonly StructureMap Map => map;

    /// <summary>Bytes left.</summary>
    public readonly int Left => _input.Length - At;

    /// <summary>All bytes.</summary>
    public readonly ReadOnlySpan<byte> Input => _input;

    /// <summary>Whether so many bytes are left.</summary>
    public readonly bool Has(long count) => count >= 0 && Left >= count;

    /// <summary>A byte ahead.</summary>
    public readonly byte Peek(int ahead = 0) => _input[At + ahead];

    /// <summary>A number ahead.</summary>
    public readonly ushort PeekUInt16(int ahead = 0) => BinaryPrimitives.ReadUInt16BigEndian(_input[(At + ahead)..]);

    /// <summary>A number ahead.</summary>
    public readonly uint PeekUInt32(int ahead = 0) => BinaryPrimitives.ReadUInt32BigEndian(_input[(At + ahead)..]);

    /// <summary>A number ahead.</summary>
    public readonly ulong PeekUInt64(int ahead = 0) => BinaryPrimitives.ReadUInt64BigEndian(_input[(At + ahead)..]);

    /// <summary>Adds a field ahead.</summary>
    public readonly void Field(int ahead, int width, FieldRole role) => map.AddField(new(At + ahead, width, role));

    /// <summary>Adds a length ahead, and what it counts.</summary>
    public readonly void Length(int ahead, int width, int from, int count) =>
        map.AddField(new(At + ahead, width, FieldRole.Length, At + from, At + from + count));

    /// <summary>Passes over a part; where it is not whole, over what there is of it.</summary>
    public void Part(long length, int kind, int lane = Fuzzing.Engine.Mutation.Part.NoLane)
    {
        int end = (int)Math.Min(At + length, _input.Length);
        map.AddPart(At, end, kind, lane);
        At = end;
    }

    /// <summary>What is left is one part.</summary>
    public void Rest() => Part(Left, PartKind.Rest);
}
