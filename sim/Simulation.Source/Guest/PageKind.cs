namespace Simulation.Source.Guest;

/// <summary>What a page of guest memory looks like.</summary>
public enum PageKind
{
    /// <summary>All zero: sent as a ZERO record.</summary>
    Zero,

    /// <summary>Text: names, identities, machines, sentences.</summary>
    Text,

    /// <summary>Bytes without structure, as of compressed or encrypted data.</summary>
    Random,

    /// <summary>One byte value other than zero throughout.</summary>
    Repeated,

    /// <summary>Zero except for a few bytes.</summary>
    Sparse,
}
