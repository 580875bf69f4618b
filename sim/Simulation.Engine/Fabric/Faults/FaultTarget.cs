namespace Simulation.Engine.Fabric.Faults;

/// <summary>Which streams a rule is for.</summary>
/// <param name="ConnectionName">The name of a connection; null for all.</param>
/// <param name="Direction">One direction; null for both.</param>
public readonly record struct FaultTarget(string? ConnectionName, Direction? Direction)
{
    /// <summary>Every stream.</summary>
    public static FaultTarget Everything => default;

    /// <summary>Whether a connection is meant.</summary>
    /// <param name="connection">A connection.</param>
    /// <returns>True when its name is.</returns>
    public bool Matches(FabricConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return ConnectionName is null || string.Equals(ConnectionName, connection.Name, StringComparison.Ordinal);
    }

    /// <summary>Whether a chunk is meant.</summary>
    /// <param name="context">The chunk.</param>
    /// <returns>True when its connection and its direction are.</returns>
    public bool Matches(in FaultContext context) =>
        (Direction is null || Direction == context.Direction) && Matches(context.Connection);
}
