namespace Simulation.Oracle;

/// <summary>
/// The shape of a vmstate on the wire: fields in order, then optional subsections (stream reference, section 1.7).
/// </summary>
/// <param name="Name">vmsd name, the prefix that its subsections' names must have.</param>
/// <param name="Version">Newest version understood.</param>
public sealed record VMStateLayout(string Name, uint Version)
{
    /// <summary>Oldest version understood.</summary>
    public uint MinimumVersion { get; init; }

    /// <summary>Fields in wire order.</summary>
    public IReadOnlyList<VMStateField> Fields { get; init; } = [];

    /// <summary>Subsections that may follow the fields, in any order and number.</summary>
    public IReadOnlyList<VMStateLayout> Subsections { get; init; } = [];
}

/// <summary>One field of a vmstate.</summary>
/// <param name="Name">Field name, for reading only.</param>
/// <param name="Size">Bytes of one element on the wire; not used when <see cref="Struct"/> is set.</param>
public sealed record VMStateField(string Name, int Size)
{
    /// <summary>Number of elements, which follow one another.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The field is present from this version of its vmstate on.</summary>
    public uint SinceVersion { get; init; }

    /// <summary>Layout of one element when it is a nested vmstate, which may have subsections of its own.</summary>
    public VMStateLayout? Struct { get; init; }
}
