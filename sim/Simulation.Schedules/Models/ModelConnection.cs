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

/// <summary>When a connection comes.</summary>
public enum ConnectionArrival
{
    /// <summary>As soon as its task is let go.</summary>
    AtOnce,

    /// <summary>When the connection before it in the model has been accepted.</summary>
    AfterThePrevious,

    /// <summary>When the migration is active: its connections are there, and this one is one too many, or one for urgent pages.</summary>
    WhenActive,

    /// <summary>When postcopy is paused, and the connections before it in the model that come then have come: a recovery. It does not
    /// come where the migration ends before.</summary>
    WhenPaused,
}

/// <summary>One connection of a model: everything the source will ever say on it, ready in memory.</summary>
/// <param name="Name">Its name: "main", "channel 0".</param>
/// <param name="Portions">Its bytes, as reads find them: one read gets one portion at most, and a scheduling point stands before
/// each.</param>
/// <param name="End">What follows.</param>
public sealed record ModelConnection(string Name, IReadOnlyList<ModelPortion> Portions, ConnectionEnd End)
{
    /// <summary>When it comes.</summary>
    public ConnectionArrival Arrival { get; init; }

    /// <summary>Whether the destination has to refuse it, if it accepts it at all: it is none of the migration's.</summary>
    public bool IsRefused { get; init; }
}
