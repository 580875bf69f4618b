namespace Simulation.PlantedBugs.Compiling;

/// <summary>The two assemblies of the destination, compiled in memory.</summary>
/// <param name="Wire">The PE image of <c>Qemu.Migration.Wire</c>.</param>
/// <param name="Destination">The PE image of <c>Qemu.Migration.Destination</c>.</param>
public sealed record DestinationImage(ReadOnlyMemory<byte> Wire, ReadOnlyMemory<byte> Destination);
