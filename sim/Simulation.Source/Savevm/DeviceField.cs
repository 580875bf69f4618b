namespace Simulation.Source.Savevm;

/// <summary>A field of a device section as VMDESCRIPTION names it (stream reference, section 1.9).</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Type">Its type, for instance <c>int64</c> or <c>unused_buffer</c>.</param>
/// <param name="SizeBytes">Its size in bytes; of one element where there are several.</param>
public sealed record DeviceField(string Name, string Type, int SizeBytes)
{
    /// <summary>Elements of an array, or null.</summary>
    public int? ArrayLength { get; init; }
}
