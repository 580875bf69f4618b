using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>
/// Changes an input by what it is made of: moves, doubles, drops and mixes parts, sets numbers to values that matter, resizes what a
/// length counts. Lengths around a change are put right most of the time, and left wrong on purpose else.
/// </summary>
/// <param name="random">The stream for mutations.</param>
/// <param name="format">How inputs are built.</param>
/// <param name="capacity">Bytes of the longest input.</param>
internal sealed class StructureMutator(Prng random, InputFormat format, int capacity)
{
    private const int InterleaveOneOf = 8;
    private const int MostCuts = 8;

    private readonly StructureMap _own = new();
    private readonly StructureMap _otherMap = new();
    private readonly byte[] _piece = new byte[capacity];
    private readonly LaneDealer _dealer = new(random, capacity);
    private StructureMap _map = new();

    /// <summary>Makes one change.</summary>
    /// <param name="input">The input.</param>
    /// <param name="other">Another input, to take parts from.</param>
    /// <param name="known">What is known of the input, where it has not been changed yet; else null.</param>
    /// <returns>Whether there was something to change.</returns>
    public bool Mutate(MutationBuffer input, ReadOnlySpan<byte> other, StructureMap? known = null)
    {
        if (known is null)
            ReadAgain(input);
        else
            _map = known;
        if (_map.Parts.Count == 0)
            return InsertTemplate(input, 0);
        if (_map.HasLanes && random.NextInt(InterleaveOneOf) == 0)
            return Interleave(input);
        return random.NextInt(16) switch
        {
            0 or 1 => RemoveParts(input),
            2 => CopyPart(input),
            3 => Split(input, isInPlace: false) || CopyPart(input),
            4 => MovePart(input),
            5 or 6 => TakePart(input, other),
            7 or 8 => InsertTemplate(input, Boundary()),
            9 => Resize(input),
            10 => ChangeBody(input),
            11 => CutOff(input),
            _ => ChangeField(input),
        };
    }

    private int Boundary()
    {
        int index = random.NextInt(_map.Parts.Count + 1);
        return index == _map.Parts.Count ? _map.Parts[^1].End : _map.Parts[index].Start;
    }

    private Part AnyPart() => _map.Parts[random.NextInt(_map.Parts.Count)];

    private bool RemoveParts(MutationBuffer input)
    {
        int first = random.NextInt(_map.Parts.Count);
        int last = Math.Min(first + (random.NextInt(3) == 0 ? random.NextInt(8) : 0), _map.Parts.Count - 1);
        int start = _map.Parts[first].Start;
        int count = _map.Parts[last].End - start;
        Adjust(input, start, -count);
        input.Remove(start, count);
        return true;
    }

    private bool CopyPart(MutationBuffer input)
    {
        Part part = AnyPart();
        return Insert(input, Boundary(), input.Span.Slice(part.Start, part.Length));
    }

    private bool MovePart(MutationBuffer input)
    {
        Part part = AnyPart();
        int target = Boundary();
        if (target >= part.Start && target <= part.End)
            return false;
        input.Span.Slice(part.Start, part.Length).CopyTo(_piece);
        input.Remove(part.Start, part.Length);
        input.Insert(target > part.Start ? target - part.Length : target, _piece.AsSpan(0, part.Length));
        return true;
    }

    // What a header and a length announce is announced twice, half each; the second half comes at once, or behind the part that follows:
    // what one connection sends arrives in pieces between those of others.
    private bool Split(MutationBuffer input, bool isInPlace)
    {
        int index = random.NextInt(_map.Parts.Count);
        Part part = _map.Parts[index];
        if (!TryFindLengthOf(part, out Field length) || input.Length + length.From - part.Start > capacity)
            return false;
        int header = length.From - part.Start;
        int at = length.From + random.NextInt(part.End - length.From + 1);
        int second = header + part.End - at;
        int target = !isInPlace && index + 1 < _map.Parts.Count && random.NextInt(2) == 0 ? _map.Parts[index + 1].End : part.End;
        input.Span.Slice(part.Start, header).CopyTo(_piece);
        input.Span[at..part.End].CopyTo(_piece.AsSpan(header));
        Integers.Write(_piece.AsSpan(length.Start - part.Start, length.Width), (ulong)(part.End - at), length.IsLittleEndian);
        Integers.Write(input.Span.Slice(length.Start, length.Width), (ulong)(at - length.From), length.IsLittleEndian);
        input.Insert(target, _piece.AsSpan(0, second));
        input.Remove(at, part.End - at);
        return true;
    }

    // Another order of arrival and nothing else: parts are cut, and dealt again, each lane in its own order. What holds for every order
    // still holds, so that what comes out differently is a bug of two lanes.
    private bool Interleave(MutationBuffer input)
    {
        for (int cuts = random.NextInt(MostCuts + 1); cuts > 0; cuts--)
        {
            Split(input, isInPlace: true);
            ReadAgain(input);
        }
        _dealer.Deal(input, _map);
        return true;
    }

    private void ReadAgain(MutationBuffer input)
    {
        _own.Clear();
        format.Read(input.Span, _own);
        _map = _own;
    }

    private bool TryFindLengthOf(Part part, out Field length)
    {
        foreach (Field field in _map.Fields)
        {
            length = field;
            if (field.Role == FieldRole.Length && field.Start >= part.Start
                && field.From > field.Start && field.From <= field.To && field.To == part.End)
                return true;
        }
        length = default;
        return false;
    }

    private bool TakePart(MutationBuffer input, ReadOnlySpan<byte> other)
    {
        _otherMap.Clear();
        format.Read(other, _otherMap);
        if (_otherMap.Parts.Count == 0)
            return false;
        int first = random.NextInt(_otherMap.Parts.Count);
        int last = Math.Min(first + (random.NextInt(3) == 0 ? random.NextInt(8) : 0), _otherMap.Parts.Count - 1);
        Part part = _otherMap.Parts[first];
        ReadOnlySpan<byte> taken = other[part.Start.._otherMap.Parts[last].End];
        int place = random.NextInt(2) == 0 ? IndexOfKind(part.Kind) : -1;
        if (place < 0)
            return Insert(input, Boundary(), taken);
        Part replaced = _map.Parts[place];
        Adjust(input, replaced.Start, taken.Length - replaced.Length);
        input.Remove(replaced.Start, replaced.Length);
        input.Insert(replaced.Start, taken);
        return true;
    }

    private int IndexOfKind(int kind)
    {
        int from = random.NextInt(_map.Parts.Count);
        for (int i = 0; i < _map.Parts.Count; i++)
        {
            int index = (from + i) % _map.Parts.Count;
            if (_map.Parts[index].Kind == kind)
                return index;
        }
        return -1;
    }

    private bool InsertTemplate(MutationBuffer input, int at) =>
        format.Templates.Count > 0 && Insert(input, at, format.Templates[random.NextInt(format.Templates.Count)]);

    private bool Insert(MutationBuffer input, int at, ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length, capacity)];
        bytes.CopyTo(_piece);
        Adjust(input, at, bytes.Length);
        input.Insert(at, _piece.AsSpan(0, bytes.Length));
        return true;
    }

    private bool Resize(MutationBuffer input)
    {
        if (!TryFind(FieldRole.Length, out Field length))
            return false;
        int size = Math.Max(0, Math.Min(length.To, input.Length) - length.From);
        if (random.NextInt(2) == 0 && size > 0)
        {
            int count = 1 + random.NextInt(size);
            int at = length.From + random.NextInt(size - count + 1);
            Adjust(input, at, -count);
            input.Remove(at, count);
            return true;
        }
        Span<byte> grown = _piece.AsSpan(0, 1 + random.NextInt(32));
        random.NextBytes(grown);
        int place = Math.Min(length.From + random.NextInt(size + 1), input.Length);
        Adjust(input, place, grown.Length);
        input.Insert(place, grown);
        return true;
    }

    private bool ChangeBody(MutationBuffer input)
    {
        if (_map.Bodies.Count == 0)
            return false;
        Part body = _map.Bodies[random.NextInt(_map.Bodies.Count)];
        Span<byte> bytes = input.Span.Slice(body.Start, body.Length);
        int at = random.NextInt(bytes.Length);
        Span<byte> rest = bytes.Slice(at, 1 + random.NextInt(bytes.Length - at));
        switch (random.NextInt(4))
        {
            case 0:
                bytes.Clear();
                break;
            case 1:
                bytes.Fill(unchecked((byte)random.NextUInt64()));
                break;
            case 2:
                rest.Fill(unchecked((byte)random.NextUInt64()));
                break;
            default:
                random.NextBytes(rest[..Math.Min(rest.Length, 64)]);
                break;
        }
        return true;
    }

    private bool CutOff(MutationBuffer input)
    {
        Part part = AnyPart();
        input.Truncate(part.Start + (random.NextInt(2) == 0 ? 0 : random.NextInt(part.Length)));
        return true;
    }

    private bool ChangeField(MutationBuffer input)
    {
        if (_map.Fields.Count == 0)
            return false;
        Field field = _map.Fields[random.NextInt(_map.Fields.Count)];
        Span<byte> bytes = input.Span.Slice(field.Start, field.Width);
        ulong value = Integers.Read(bytes, field.IsLittleEndian);
        ulong changed = unchecked(random.NextInt(field.Role == FieldRole.Flags ? 8 : 6) switch
        {
            0 => Integers.Boundary(random, field.Width),
            1 => value + 1,
            2 => value - 1,
            3 => value + (ulong)random.Between(-64, 64),
            4 => ValueOfAnother(input, field),
            5 => random.NextUInt64() >> random.NextInt(64),
            _ => value ^ (1UL << random.NextInt(Math.Min(8 * field.Width, 12))),
        });
        Integers.Write(bytes, changed, field.IsLittleEndian);
        return true;
    }

    private ulong ValueOfAnother(MutationBuffer input, Field field)
    {
        if (!TryFind(field.Role, out Field other))
            return 0;
        return Integers.Read(input.Span.Slice(other.Start, other.Width), other.IsLittleEndian);
    }

    private bool TryFind(FieldRole role, out Field found)
    {
        int from = random.NextInt(Math.Max(1, _map.Fields.Count));
        for (int i = 0; i < _map.Fields.Count; i++)
        {
            found = _map.Fields[(from + i) % _map.Fields.Count];
            if (found.Role == role)
                return true;
        }
        found = default;
        return false;
    }

    // Before bytes come or go: the lengths that count them.
    private void Adjust(MutationBuffer input, int at, int difference)
    {
        if (random.NextInt(8) == 0)
            return;
        foreach (Field field in _map.Fields)
        {
            if (field.Role != FieldRole.Length || at < field.From || at > field.To || field.From > field.To)
                continue;
            Span<byte> bytes = input.Span.Slice(field.Start, field.Width);
            ulong value = Integers.Read(bytes, field.IsLittleEndian);
            Integers.Write(bytes, unchecked(value + (ulong)difference), field.IsLittleEndian);
        }
    }
}
