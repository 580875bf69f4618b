using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Session;

/// <content>The phases of postcopy.</content>
internal abstract partial class SessionPhase
{
    /// <summary>LISTEN has come: device state is loaded, pages may be missing, and the guest does not run yet.</summary>
    /// <param name="connections">The connections of the source, main first.</param>
    internal sealed class Listening(IReadOnlyList<Connection> connections) : SessionPhase
    {
        /// <inheritdoc/>
        public override IReadOnlyList<Connection> Connections => connections;
    }

    /// <summary>A source sends the guest's missing pages.</summary>
    /// <param name="main">Its main channel.</param>
    internal abstract class Serving(Connection main) : SessionPhase
    {
        /// <summary>The main channel.</summary>
        public Connection Main => main;

        /// <summary>The channel for urgent pages, once it has said what it is.</summary>
        public Connection? Preempt { get; set; }

        /// <summary>Its receiver.</summary>
        public PreemptReceiver? Receiver { get; set; }

        /// <summary>Why the channel for urgent pages was lost: main ends with it.</summary>
        public StreamError? Lost { get; set; }

        /// <summary>Whether main has ended well, or is done for: what becomes of the channel for urgent pages means nothing any more.</summary>
        public bool IsEnding { get; set; }

        /// <summary>Since when main has ended well, and pages that the guest waits for are awaited on the channel for urgent pages; null
        /// before.</summary>
        public long? AwaitsUrgentSince { get; set; }

        /// <inheritdoc/>
        public override IEnumerable<Connection> Connections => Preempt is null ? [main] : [main, Preempt];
    }

    /// <summary>The guest runs here.</summary>
    /// <param name="main">The main channel.</param>
    /// <param name="others">The multifd channels, which bring nothing any more.</param>
    internal sealed class Running(Connection main, IReadOnlyList<Connection> others) : Serving(main)
    {
        /// <inheritdoc/>
        public override IEnumerable<Connection> Connections => base.Connections.Concat(others);
    }

    /// <summary>The guest runs here, and the source that has its missing pages is not connected.</summary>
    internal sealed class Paused : SessionPhase;

    /// <summary>A source is connected again, and asks what is here.</summary>
    /// <param name="main">The main channel.</param>
    /// <param name="sinceNanoseconds">Since when.</param>
    internal sealed class Recovering(Connection main, long sinceNanoseconds) : Serving(main)
    {
        /// <summary>Since when.</summary>
        public long SinceNanoseconds => sinceNanoseconds;
    }
}
