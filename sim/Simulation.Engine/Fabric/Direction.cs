namespace Simulation.Engine.Fabric;

/// <summary>One of the two byte streams of a connection.</summary>
public enum Direction
{
    /// <summary>From the side that connected.</summary>
    ClientToServer,

    /// <summary>To the side that connected.</summary>
    ServerToClient,
}
