namespace Simulation.Engine.Probes;

/// <summary>A situation that must occur sometimes, or the campaign does not test what it claims to.</summary>
/// <param name="Id">Its index in the catalogue.</param>
/// <param name="Name">A stable name: "multifd/sync while a channel is late".</param>
/// <param name="IsRare">Whether a default campaign may miss it.</param>
public sealed record Probe(int Id, string Name, bool IsRare);
