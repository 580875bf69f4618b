using Qemu.Migration.Destination.Multifd;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Session;

/// <summary>
/// Where a session stands. Each phase carries what it works with; <see cref="MigrationSession"/> alone goes from one to the next.
/// <code>
///            a source's main channel has gone, or its channels do not come: a new, empty setup
///           +------+
///           v      |
///         Setup ---+---- main and all channels are there ----> Active ---- LISTEN ----> Listening ---- RUN ----> Running &lt;---+
///           |                                                    |                          |                    |     |     |
///           |                                  the stream is loaded, or cannot be        it cannot be     all pages    |     | RESUME
///           |                                                    |                          |             are there    |     |
///           +------ a channel cannot be used ------> Ended &lt;-----+--------------------------+--------------------+     |     |
///                                                                                           its connection is lost     |     |
///                                                                                                                      v     |
///                                                  Recovering ------------- it is lost again ---------------------&gt; Paused   |
///                                                     |   ^                                                          |       |
///                                                     |   +------------- a source connects for a recovery -----------+       |
///                                                     +----------------------------------------------------------------------+
/// </code>
/// </summary>
internal abstract partial class SessionPhase
{
    /// <summary>The connections of the source: main first, where it is there, then the multifd channels.</summary>
    public virtual IEnumerable<Connection> Connections => [];

    /// <summary>Waits for a source: who of it has arrived.</summary>
    /// <param name="channels">The multifd channels; null where none are awaited.</param>
    internal sealed class Setup(MultifdSession? channels) : SessionPhase
    {
        private long _mainSinceNanoseconds;
        private int? _acceptedAtEnd;
        private int? _lastOfSource;

        /// <summary>The multifd channels; null where none are awaited.</summary>
        public MultifdSession? Channels => channels;

        /// <summary>The main channel, once it is there.</summary>
        public Connection? Main { get; private set; }

        /// <summary>The connections of multifd channels that are there.</summary>
        public List<(Connection Connection, MultifdReceiver Receiver)> Members { get; } = [];

        /// <summary>Whether the session has given the source up.</summary>
        public bool IsAbandoned { get; set; }

        /// <inheritdoc/>
        public override IEnumerable<Connection> Connections =>
            (Main is null ? Enumerable.Empty<Connection>() : [Main]).Concat(Members.Select(member => member.Connection));

        /// <summary>Whether nobody is missing.</summary>
        private bool IsComplete => Main is not null && Members.Count == (channels?.ChannelCount ?? 0);

        /// <summary>Whether anybody is there.</summary>
        public bool IsEmpty => Main is null && Members.Count == 0;

        /// <summary>The main channel has come.</summary>
        public void Take(Connection main, long nowNanoseconds)
        {
            Main = main;
            _mainSinceNanoseconds = nowNanoseconds;
        }

        /// <summary>Whether a connection is of another source, because this one has gone. A main channel always is; a multifd channel is
        /// when it came after the end was noticed.</summary>
        /// <param name="came">What came.</param>
        /// <param name="newcomers">Who has not said yet what it is, and may belong to this source.</param>
        public bool IsGoneFor(SessionEvent.Arrival came, Newcomers newcomers) => _lastOfSource < came.Connection.Number
            || (came is SessionEvent.MainCame && Main?.Channel.HasEnded == true && !newcomers.AnyBefore(came.Connection.Number));

        /// <summary>Whether main and all channels are connected and belong to the same source. If main has ended, a connection accepted
        /// between main and one of the channels, which has not said what it is, may be the main channel of the next source. The channels
        /// may then belong to that source.</summary>
        /// <param name="newcomers">Who has not said yet what it is.</param>
        public bool MayBegin(Newcomers newcomers) => IsComplete
            && !(Members.Count > 0 && Main!.Channel.HasEnded && newcomers.AnyBetween(Main.Number, Members.Max(member => member.Connection.Number)));

        /// <summary>Takes out the channels that have gone, and those whose main channel does not come: their ids are free again.</summary>
        /// <param name="nowNanoseconds">The time.</param>
        /// <param name="limits">How long a channel may wait.</param>
        /// <returns>Their connections, and what is to be said to whoever asks.</returns>
        public List<(Connection Connection, string Reason)> Dismiss(long nowNanoseconds, SessionLimits limits)
        {
            List<(Connection, string)> dismissed = [];
            foreach (var (connection, receiver) in Members.ToArray())
            {
                bool isLate = Main is null && nowNanoseconds - connection.SinceNanoseconds >= limits.AllChannels.TotalNanoseconds;
                string? reason = receiver.HasLeft ? "it left before the migration began"
                    : isLate ? $"its main channel did not come within {limits.AllChannels.TotalSeconds} s"
                    : null;
                if (reason is null)
                    continue;
                channels!.Dismiss(receiver);
                Members.Remove((connection, receiver));
                dismissed.Add((connection, reason));
            }
            return dismissed;
        }

        /// <summary>Looks whether the source is still there.</summary>
        /// <param name="nowNanoseconds">The time.</param>
        /// <param name="limits">How long it may take.</param>
        /// <param name="newcomers">Who has not said yet what it is, and may belong to it.</param>
        /// <param name="accepted">How many connections were accepted so far.</param>
        /// <param name="isAcceptLate">Whether a connection waits to be accepted.</param>
        /// <returns>Why it is given up, or null.</returns>
        /// <remarks>A main channel may have sent its whole stream and have ended while a channel is still on its way: a source that has
        /// no return path waits for nobody. So it keeps its place while a connection that came before its end has not said what it is;
        /// and its end is believed when nobody waits to be accepted, and nobody was accepted since the look before: a busy host accepts
        /// late.</remarks>
        public string? Look(long nowNanoseconds, SessionLimits limits, Newcomers newcomers, int accepted, bool isAcceptLate)
        {
            if (Main is not { } main)
                return null;
            if (nowNanoseconds - _mainSinceNanoseconds >= limits.AllChannels.TotalNanoseconds)
                return $"its channels did not come within {limits.AllChannels.TotalSeconds} s";
            if (!main.Channel.HasEnded)
                return null;
            if (_acceptedAtEnd == accepted && !isAcceptLate)
                _lastOfSource ??= accepted - 1;
            _acceptedAtEnd = accepted;
            return _lastOfSource is { } last && !newcomers.AnyBefore(last + 1) ? "the source has gone before all its channels were there" : null;
        }
    }

    /// <summary>Everybody is there: main loads, channels receive.</summary>
    /// <param name="connections">The connections of the source.</param>
    internal sealed class Active(IReadOnlyList<Connection> connections) : SessionPhase
    {
        /// <summary>Since when main waits, before the guest's package, for the channel for urgent pages; null before.</summary>
        public long? AwaitsPreemptSince { get; set; }

        /// <summary>Why that is in vain.</summary>
        public StreamError? Missing { get; set; }

        /// <inheritdoc/>
        public override IReadOnlyList<Connection> Connections => connections;
    }

    /// <summary>The outcome is decided, and nobody else is let in.</summary>
    internal sealed class Ended : SessionPhase;
}
