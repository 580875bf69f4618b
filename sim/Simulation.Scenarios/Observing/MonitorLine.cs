namespace Simulation.Scenarios.Observing;

/// <summary>What a line from a QMP server is.</summary>
public enum MonitorLineKind
{
    /// <summary>The greeting.</summary>
    Greeting,

    /// <summary>A reply with a result.</summary>
    Return,

    /// <summary>A reply with an error.</summary>
    Error,

    /// <summary>An event.</summary>
    Event,
}

/// <summary>One line that a monitor's client received.</summary>
public sealed record MonitorLine
{
    /// <summary>What it is.</summary>
    public MonitorLineKind Kind { get; init; }

    /// <summary>Virtual time at which its last byte was read.</summary>
    public long ArrivedNanoseconds { get; init; }

    /// <summary>A reply's id as it stands in the line; empty where it has none.</summary>
    public string Id { get; init; } = "";

    /// <summary>An event's name.</summary>
    public string? Event { get; init; }

    /// <summary>The member <c>status</c> of an event's data or of a result.</summary>
    public string? Status { get; init; }

    /// <summary>An error's class.</summary>
    public string? ErrorClass { get; init; }

    /// <summary>An error's text.</summary>
    public string? Error { get; init; }

    /// <summary>A result or an event's data, as it stands in the line; valid until the next run.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>An event's time stamp, in microseconds.</summary>
    public long StampMicroseconds { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        MonitorLineKind.Event => Status is null ? Event! : $"{Event} {Status}",
        MonitorLineKind.Error => $"{ErrorClass}: {Error}",
        MonitorLineKind.Return => "return",
        _ => "greeting",
    };
}
