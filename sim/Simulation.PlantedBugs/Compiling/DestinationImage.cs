namespace Simulation.PlantedBugs.Compiling;

/// <summary>The assemblies of the destination, compiled in memory.</summary>
/// <param name="Wire">The PE image of <c>Qemu.Migration.Wire</c>.</param>
/// <param name="Destination">The PE image of <c>Qemu.Migration.Destination</c>.</param>
/// <param name="Parsing">The PE image of <c>Qemu.Migration.Incoming.Parsing</c>; empty where it is as it was built.</param>
public sealed record DestinationImage(ReadOnlyMemory<byte> Wire, ReadOnlyMemory<byte> Destination, ReadOnlyMemory<byte> Parsing = default)
{
    /// <summary>The images by the names of their assemblies.</summary>
    public IReadOnlyDictionary<string, byte[]> Assemblies
    {
        get
        {
            Dictionary<string, byte[]> images = new(StringComparer.Ordinal)
            {
                [DestinationCompiler.WireName] = Wire.ToArray(),
                [DestinationCompiler.DestinationName] = Destination.ToArray(),
            };
            if (!Parsing.IsEmpty)
                images.Add(DestinationCompiler.ParsingName, Parsing.ToArray());
            return images;
        }
    }
}
