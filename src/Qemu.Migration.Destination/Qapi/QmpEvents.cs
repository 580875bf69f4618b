using System.Text.Json;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// Makes QMP events from the destination's trace, and sends them to every session that has finished its negotiation:
/// <code>
/// MIGRATION {status}           while capability "events" is on
/// STOP, RESUME                 the guest stopped or started running
/// SHUTDOWN {guest, reason}     the host ends
/// </code>
/// Timestamps are the only use of wall-clock time, taken from the environment's clock.
/// </summary>
internal class QmpEvents : MigrationTrace
{
    private static readonly QapiType ShutdownCause = new QapiEnum("host-error", "host-qmp-quit", "host-signal");

    private readonly object _lock = new();
    private readonly TimeProvider _clock;
    private readonly MigrationCapabilities _capabilities;
    private QmpSession[] _sessions = [];

    /// <summary>Makes a source of events without sessions.</summary>
    /// <param name="clock">Where timestamps come from.</param>
    /// <param name="capabilities">The host's capabilities, looked at for each event.</param>
    public QmpEvents(TimeProvider clock, MigrationCapabilities capabilities)
    {
        _clock = clock;
        _capabilities = capabilities;
    }

    /// <summary>The events with their data.</summary>
    internal static SortedDictionary<string, QapiObject> Schema { get; } = new(StringComparer.Ordinal)
    {
        ["MIGRATION"] = new(new QapiMember("status", QapiTypes.MigrationStatus)),
        ["RESUME"] = QapiObject.Empty,
        ["SHUTDOWN"] = new(new("guest", QapiType.Boolean), new("reason", ShutdownCause)),
        ["STOP"] = QapiObject.Empty,
    };

    /// <summary>Sends events to a session from now on.</summary>
    /// <param name="session">The session.</param>
    public void Attach(QmpSession session)
    {
        lock (_lock)
            _sessions = [.. _sessions, session];
    }

    /// <summary>Sends no more events to a session.</summary>
    /// <param name="session">The session.</param>
    public void Detach(QmpSession session)
    {
        lock (_lock)
            _sessions = [.. _sessions.Where(s => s != session)];
    }

    /// <inheritdoc/>
    public override void StatusChanged(MigrationStatus from, MigrationStatus to)
    {
        if (_capabilities["events"])
            Emit("MIGRATION", data => data.WriteString("status", to.ToQapi()));
    }

    /// <inheritdoc/>
    public override void RunStateChanged(RunState from, RunState to)
    {
        if (from == RunState.Running)
            Emit("STOP", null);
        else if (to == RunState.Running)
            Emit("RESUME", null);
    }

    /// <summary>The host ends.</summary>
    /// <param name="reason">QAPI <c>ShutdownCause</c>: <c>host-qmp-quit</c>, <c>host-signal</c>, <c>host-error</c>.</param>
    public void Shutdown(string reason) => Emit("SHUTDOWN", data =>
    {
        data.WriteBoolean("guest", false);
        data.WriteString("reason", reason);
    });

    private void Emit(string name, Action<Utf8JsonWriter>? data)
    {
        QmpSession[] sessions;
        lock (_lock)
            sessions = _sessions;
        if (sessions.Length == 0)
            return;
        long microseconds = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        ReadOnlyMemory<byte> line = QmpSession.Line(writer =>
        {
            writer.WriteStartObject("timestamp");
            writer.WriteNumber("seconds", microseconds / 1_000_000);
            writer.WriteNumber("microseconds", microseconds % 1_000_000);
            writer.WriteEndObject();
            writer.WriteString("event", name);
            if (data is null)
                return;
            writer.WriteStartObject("data");
            data(writer);
            writer.WriteEndObject();
        });
        foreach (QmpSession session in sessions)
            session.SendEvent(line);
    }
}
