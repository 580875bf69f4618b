namespace Simulation.Source.Hosting;

/// <summary>What a source does with one of its connections.</summary>
public enum RecordedAction
{
    /// <summary>Connects.</summary>
    Connects,

    /// <summary>Sends what comes next.</summary>
    Sends,

    /// <summary>Closes it, or loses it.</summary>
    Ends,
}

/// <summary>One line of the log of a recording.</summary>
/// <param name="Connection">The connection's number, in the order in which they are made.</param>
/// <param name="Action">What the source does.</param>
/// <param name="Bytes">How many bytes it sends.</param>
public readonly record struct RecordedStep(int Connection, RecordedAction Action, int Bytes = 0);

/// <summary>One connection of a recording.</summary>
/// <param name="Name">As the simulator names it: main, multifd/0, preempt/0; recovery/1 and preempt/1 of the first recovery.</param>
/// <param name="Leg">0, or the number of the recovery that it belongs to.</param>
/// <param name="Bytes">All it sent, or all that went out before it was lost.</param>
public sealed record RecordedConnection(string Name, int Leg, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Whether it is the channel for urgent pages.</summary>
    public bool IsUrgent => Name.StartsWith("preempt", StringComparison.Ordinal);

    /// <summary>Whether it is a multifd channel.</summary>
    public bool IsMultifd => Name.StartsWith("multifd", StringComparison.Ordinal);
}
