using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Session;

/// <summary>What can happen to a session.</summary>
internal abstract record SessionEvent
{
    /// <summary>A connection has said what it is.</summary>
    internal abstract record Arrival(Connection Connection) : SessionEvent;

    /// <summary>It is a main channel.</summary>
    internal sealed record MainCame(Connection Connection) : Arrival(Connection);

    /// <summary>It is a multifd channel.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Receive">Makes its receiver; null where its initial packet is wrong.</param>
    /// <param name="Error">What is wrong with it.</param>
    internal sealed record ChannelCame(Connection Connection, Func<MultifdSession, MultifdReceiver>? Receive, StreamError? Error)
        : Arrival(Connection);

    /// <summary>It is a source's that comes back: a recovery (stream reference, section 6.5).</summary>
    internal sealed record RecoveryCame(Connection Connection) : Arrival(Connection);

    /// <summary>It is a channel for urgent pages.</summary>
    /// <param name="Connection">The connection.</param>
    /// <param name="Receiver">Its receiver.</param>
    internal sealed record PreemptCame(Connection Connection, PreemptReceiver Receiver) : Arrival(Connection);

    /// <summary>LISTEN has come.</summary>
    internal sealed record Listened : SessionEvent;

    /// <summary>RUN has come.</summary>
    internal sealed record Ran : SessionEvent;

    /// <summary>The source of a guest that runs here is gone, and nothing of it is under way any more.</summary>
    /// <param name="Cause">Why.</param>
    internal sealed record SourceLost(StreamError Cause) : SessionEvent;

    /// <summary>RESUME has come.</summary>
    internal sealed record Resumed : SessionEvent;

    /// <summary>A connection has gone, or was turned away, without saying what it is.</summary>
    internal sealed record NewcomerGone : SessionEvent;

    /// <summary>Time has passed: limits may be over, and peers may have gone.</summary>
    internal sealed record TimePassed(long NowNanoseconds) : SessionEvent;

    /// <summary>The outcome is decided.</summary>
    internal sealed record OutcomeDecided : SessionEvent;
}

/// <summary>What a session makes of an event; carried out when its lock is free.</summary>
internal sealed class SessionStep
{
    /// <summary>The phase in which a connection of the source came; null when it was turned away.</summary>
    public SessionPhase.Setup? Setup { get; set; }

    /// <summary>The phase in which a source came back, or a channel for urgent pages.</summary>
    public SessionPhase.Serving? Serving { get; set; }

    /// <summary>The receiver of a channel that was taken.</summary>
    public MultifdReceiver? Receiver { get; set; }

    /// <summary>Why a channel cannot be used: the migration fails.</summary>
    public StreamError? Error { get; set; }

    /// <summary>Connections that are turned away, and why.</summary>
    public List<(Connection Connection, string Reason)> Refused { get; } = [];

    /// <summary>A source that is given up.</summary>
    public SessionPhase.Setup? Abandoned { get; set; }
}
