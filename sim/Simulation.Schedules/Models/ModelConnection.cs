namespace Simulation.Schedules.Models;

/// <summary>What a connection does behind its last portion.</summary>
public enum ConnectionEnd
{
    /// <summary>It ends: the source closed it.</summary>
    Closes,

    /// <summary>It stays open until the destination shuts it down.</summary>
    StaysOpen,

    /// <summary>It fails, as a connection that was reset.</summary>
    Fails,
}

/// <summary>One connection of a model: everything the source will ever say on it, ready in memory.</summary>
/// <param name="Name">Its name: "main", "channel 0".</param>
/// <param name="Portions">Its bytes, as reads find them: one read gets one portion at most, and a scheduling point stands before
/// each.</param>
/// <param name="End">What follows.</param>
public sealed record ModelConnection(string Name, IReadOnlyList<ReadOnlyMemory<byte>> Portions, ConnectionEnd End);
