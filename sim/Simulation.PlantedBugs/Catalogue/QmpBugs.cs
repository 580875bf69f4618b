using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in the monitor: its sessions, its parser, its commands and its events.</summary>
internal static class QmpBugs
{
    private const string Session = "src/Qemu.Migration.Destination/Qapi/QmpSession.cs";
    private const string Connection = "src/Qemu.Migration.Destination/Qapi/QmpConnection.cs";
    private const string Output = "src/Qemu.Migration.Destination/Qapi/QmpOutput.cs";
    private const string Input = "src/Qemu.Migration.Destination/Qapi/QmpInput.cs";
    private const string Dispatch = "src/Qemu.Migration.Destination/Qapi/QmpCommands.cs";
    private const string Events = "src/Qemu.Migration.Destination/Qapi/QmpEvents.cs";
    private const string Store = "src/Qemu.Migration.Destination/Qapi/DescriptorStore.cs";
    private const string Migration = "src/Qemu.Migration.Destination/Qapi/Commands/MigrationCommands.cs";
    private const string OfMachine = "src/Qemu.Migration.Destination/Qapi/Commands/MachineCommands.cs";
    private const string OfMonitor = "src/Qemu.Migration.Destination/Qapi/Commands/MonitorCommands.cs";
    private const string Parameters = "src/Qemu.Migration.Destination/MigrationParameters.cs";
    private const string Machine = "src/Qemu.Migration.Destination/Machine/VirtualMachine.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Session, "event-before-negotiation", "slip", "a session hears events before it has negotiated",
            "if (_negotiated)\n            _send(line);", "_send(line);", BugKind.Concurrency),
        Bug(Session, "id-missing-on-errors", "slip", "an error does not carry the id of its command",
            "WriteId(reply, id);\n        reply.WriteStartObject(\"error\");", "reply.WriteStartObject(\"error\");"),
        Bug(Session, "second-command-of-a-read-waits", "slip", "of the commands that come in one read only the first is carried out at once",
            "while (_input.Take(ref bytes)", "if (_input.Take(ref bytes)"),
        Bug(Session, "refused-negotiation-counts", "slip", "a negotiation that is refused is one",
            """
            if (QmpCommands.CheckNegotiation(arguments) is { } error)
                        return error;
                    _negotiated = true;
            """,
            """
            _negotiated = true;
                    if (QmpCommands.CheckNegotiation(arguments) is { } error)
                        return error;
            """),
        Bug(Input, "command-in-pieces-lost", "slip", "a read forgets what the one before it brought of a command",
            "if (_isMessageOver)\n            Reset();", "Reset();"),
        Bug(Input, "stray-byte-keeps-its-message", "slip", "what stands before a stray byte goes on with the next command",
            "_isMessageOver = true;\n                return message;", "_isMessageOver = message.Error is null;\n                return message;"),
        Bug(Connection, "descriptor-of-a-lost-client-kept", "slip", "a descriptor whose client has gone stays open",
            "lock (_service.Lock)\n            _session.CloseDescriptors();", ""),
        Bug(Output, "reply-waits-for-the-next-line", "slip", "a single line is not sent until another follows",
            "TellChange();\n            return hasRoom;", "if (_lines.Count != 1)\n                TellChange();\n            return hasRoom;", BugKind.Hang),
        Bug(Output, "lines-lost-at-the-goodbye", "slip", "what is due to a client is lost when it has nothing more to say",
            "_completed = true;\n            TellChange();", "_completed = true;\n            _lines.Clear();\n            TellChange();",
            BugKind.Concurrency),
        Bug(Dispatch, "unknown-command-is-generic", "slip", "a command that does not exist is an error of the wrong class",
            "QmpError.NotFound($\"The command", "QmpError.Generic($\"The command"),
        Bug(Events, "event-stamps-from-the-start", "slip", "time stamps of events are not the wall clock's",
            "(_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks", "_clock.GetElapsedTime(0).Ticks"),
        Bug(Events, "event-for-the-first-session-only", "slip", "of several sessions one hears events",
            "foreach (QmpSession session in sessions)\n            session.SendEvent(line);", "sessions[0].SendEvent(line);"),
        Bug(Migration, "capabilities-set-half-way", "slip", "of a list of capabilities that is refused those before the wrong one take effect",
            "MigrationCapabilities wanted = host.Capabilities.Copy();", "MigrationCapabilities wanted = host.Capabilities;"),
        Bug(Migration, "multifd-accepted-after-start", "slip", "multifd can be switched on when the migration has started",
            "if (host.Migration is not null && wanted[\"multifd\"] && !host.Capabilities[\"multifd\"])",
            "if (host.Migration is null && wanted[\"multifd\"] && wanted[\"x-colo\"])"),
        Bug(Migration, "exit-on-error-is-off", "slip", "without exit-on-error the host goes on after a failure",
            "?? true;", "?? false;"),
        Bug(Migration, "migrate-recover-not-refused", "slip", "migrate-recover succeeds without a migration that is paused",
            ": QmpError.Generic(\"Migrate recover can only be run when postcopy is paused.\");", ": null;"),
        Bug(Parameters, "parameters-set-half-way", "slip", "of parameters that are refused those before the wrong one take effect",
            "object?[] values = [.. _values];", "object?[] values = _values;"),
        Bug(OfMachine, "paused-guest-is-running", "slip", "query-status says running of a guest that is paused",
            "result.WriteBoolean(\"running\", state == RunState.Running);",
            "result.WriteBoolean(\"running\", state is RunState.Running or RunState.Paused);"),
        Bug(OfMonitor, "ended-migration-can-be-yanked", "slip", "query-yank lists a migration that has ended",
            "host.Migration?.State.Status is > MigrationStatus.None and < MigrationStatus.Completed;", "host.Migration is not null;"),
        Bug(Machine, "resume-before-the-state", "slip", "RESUME is told before the guest runs",
            """
                    RunState previous;
                    lock (_lock)
                    {
                        previous = _state;
                        _state = next;
                        if (next == RunState.Running)
                            _runs.TrySetResult();
                        else if (previous == RunState.Running && !_isOff)
                            _runs = NewSignal();
                    }
                    if (previous != next)
                        _trace.RunStateChanged(previous, next);
            """,
            """
                    RunState previous = _state;
                    if (previous != next)
                        _trace.RunStateChanged(previous, next);
                    lock (_lock)
                        _state = next;
            """),
        Bug(Store, "renamed-descriptor-kept", "slip", "a descriptor whose name another gets stays open",
            "if (_named.Remove(name, out int old))\n            close(old);", "_named.Remove(name);"),
        Bug(Store, "removed-set-kept", "slip", "descriptors of a set that is removed stay open", "close(member.Descriptor);\n            members", "members"),
        Bug(Store, "named-descriptor-stays", "slip", "a descriptor that was closed by its name keeps it",
            "_named.Remove(name, out int descriptor) ? descriptor : null;", "_named.TryGetValue(name, out int descriptor) ? descriptor : null;"),
    ];
}
