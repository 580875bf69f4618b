using Simulation.Scenarios.Options;

namespace Simulation.Conformance.Drawn;

/// <summary>A place at which a connection stands still until everything has been read.</summary>
/// <param name="Connection">The connection's number in the case.</param>
/// <param name="Bytes">Behind how many bytes.</param>
internal readonly record struct StandStill(int Connection, int Bytes);

/// <summary>Somebody who is no source.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Bytes">What it sends.</param>
internal sealed record DrawnStranger(StrangerKind Kind, ReadOnlyMemory<byte> Bytes);

/// <summary>What happens beside the bytes of a drawn case.</summary>
internal sealed record DrawnScript
{
    /// <summary>Whether the first <c>migrate-incoming</c> names a place where nobody can listen.</summary>
    public bool TriesBadAddress { get; init; }

    /// <summary>Whether the client stops and continues the guest, and starts the migration again, where main stands still.</summary>
    public bool IsAwkward { get; init; }

    /// <summary>The number of main.</summary>
    public int Main { get; init; }

    /// <summary>Who connects before the source.</summary>
    public IReadOnlyList<DrawnStranger> Before { get; init; } = [];

    /// <summary>Who connects when all connections of the source are there, and main has said what it is.</summary>
    public IReadOnlyList<DrawnStranger> Beside { get; init; } = [];

    /// <summary>Where connections stand still, in the order of their bytes.</summary>
    public IReadOnlyList<StandStill> Stalls { get; init; } = [];

    /// <summary>Numbers of the connections that the source ends when it has sent all; it keeps the others.</summary>
    public required IReadOnlySet<int> Ends { get; init; }
}
