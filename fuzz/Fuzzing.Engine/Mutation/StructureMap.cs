namespace Fuzzing.Engine.Mutation;

/// <summary>What a field says, which decides which values are worth trying.</summary>
public enum FieldRole
{
    /// <summary>A constant that tells what follows.</summary>
    Magic,

    /// <summary>How many bytes something has.</summary>
    Length,

    /// <summary>How many of something there are.</summary>
    Count,

    /// <summary>Bits that each mean something.</summary>
    Flags,

    /// <summary>A place.</summary>
    Offset,

    /// <summary>Whose something is.</summary>
    Identifier,

    /// <summary>A version of a format.</summary>
    Version,

    /// <summary>Any other number.</summary>
    Value,
}

/// <summary>A number in an input.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Width">Its bytes: 1, 2, 4 or 8.</param>
/// <param name="Role">What it says.</param>
/// <param name="From">Of a length, the first of the bytes that it counts.</param>
/// <param name="To">The end of those.</param>
/// <param name="IsLittleEndian">Whether its low byte comes first.</param>
public readonly record struct Field(int Start, int Width, FieldRole Role, int From = 0, int To = 0, bool IsLittleEndian = false);

/// <summary>A piece of an input that makes sense by itself: a header, a record, a packet.</summary>
/// <param name="Start">Its first byte.</param>
/// <param name="Length">Its bytes, at least 1.</param>
/// <param name="Kind">What it is, a number of the format's choice: one of a kind can stand for another.</param>
/// <param name="Lane">Who sends it, where several send side by side: parts of one lane keep their order, those of different lanes may
/// come in any.</param>
public readonly record struct Part(int Start, int Length, int Kind, int Lane = Part.NoLane)
{
    /// <summary>The lane of parts whose place matters.</summary>
    public const int NoLane = -1;

    /// <summary>The byte behind it.</summary>
    public int End => Start + Length;
}

/// <summary>How an input is built, as far as it makes sense. Reused from input to input.</summary>
public sealed class StructureMap
{
    private readonly List<Part> _parts = [];
    private readonly List<Field> _fields = [];
    private readonly List<Part> _bodies = [];

    /// <summary>The parts, in order, none over another.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>The numbers.</summary>
    public IReadOnlyList<Field> Fields => _fields;

    /// <summary>Stretches of content: pages, texts, deltas.</summary>
    public IReadOnlyList<Part> Bodies => _bodies;

    /// <summary>Whether there are parts of a lane.</summary>
    public bool HasLanes { get; private set; }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        HasLanes = false;
        _parts.Clear();
        _fields.Clear();
        _bodies.Clear();
    }

    /// <summary>Adds a part.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The byte behind it; nothing is added where there is none between.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="lane">Who sends it.</param>
    public void AddPart(int start, int end, int kind, int lane = Part.NoLane)
    {
        if (end <= start)
            return;
        _parts.Add(new(start, end - start, kind, lane));
        HasLanes |= lane != Part.NoLane;
    }

    /// <summary>Adds a number.</summary>
    /// <param name="field">The number.</param>
    public void AddField(Field field) => _fields.Add(field);

    /// <summary>Adds content.</summary>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">The byte behind it; nothing is added where there is none between.</param>
    public void AddBody(int start, int end)
    {
        if (end > start)
            _bodies.Add(new(start, end - start, 0));
    }
}
