namespace Simulation.Engine.Fabric.Faults;

/// <summary>A chunk that has arrived and is about to become readable. The end of a stream is a chunk of no bytes.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Direction">Which of its streams.</param>
/// <param name="StartBytes">Absolute offset of the chunk's first byte.</param>
/// <param name="LengthBytes">Its length.</param>
/// <param name="ArrivalNanoseconds">When it arrived by the properties of the link.</param>
/// <param name="NowNanoseconds">Virtual time: later than the arrival when a rule put it off.</param>
public readonly record struct FaultContext(
    FabricConnection Connection,
    Direction Direction,
    long StartBytes,
    int LengthBytes,
    long ArrivalNanoseconds,
    long NowNanoseconds)
{
    /// <summary>Absolute offset behind the last byte.</summary>
    public long EndBytes => StartBytes + LengthBytes;
}
