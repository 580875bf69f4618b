using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in how a migration begins and ends, in the return path and in the guest's start.</summary>
internal static class LifecycleBugs
{
    private const string Stream = "src/Qemu.Migration.Destination/Session/MigrationSession.Stream.cs";
    private const string Connections = "src/Qemu.Migration.Destination/Session/MigrationSession.cs";
    private const string Introduction = "src/Qemu.Migration.Destination/Session/Introduction.cs";
    private const string State = "src/Qemu.Migration.Destination/MigrationIncomingState.cs";
    private const string Machine = "src/Qemu.Migration.Destination/Machine/VirtualMachine.cs";
    private const string Message = "src/Qemu.Migration.Wire/ReturnPathMessage.cs";
    private const string Events = "src/Qemu.Migration.Destination/Qapi/QmpEvents.cs";
    private const string Commands = "src/Qemu.Migration.Destination/Qapi/Commands/MigrationCommands.cs";
    private const string MachineCommands = "src/Qemu.Migration.Destination/Qapi/Commands/MachineCommands.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Stream, "shut-0-after-failure", "L3", "the source is told that all went well, whatever happened",
            "await returnPath.ShutAsync(error is null ? 0u : 1u);", "await returnPath.ShutAsync(0u);"),
        Bug(Stream, "no-shut-after-failure", "9.2 #20", "the source is told of success only",
            "if (returnPath is not null)", "if (returnPath is not null && error is null)"),
        Bug(Stream, "shut-before-the-status", "slip", "the source is told before the status says so",
            """
            await _migration.State.PublishAsync();
                    if (returnPath is not null)
                        await returnPath.ShutAsync(error is null ? 0u : 1u);
            """,
            """
            if (returnPath is not null)
                        await returnPath.ShutAsync(error is null ? 0u : 1u);
                    await _migration.State.PublishAsync();
            """),
        Bug(Stream, "guest-starts-after-completion", "slip", "the migration says completed before the guest has arrived",
            """
            if (arrivesAs is { } state)
                        _migration.VirtualMachine.Arrive(state);
                    await _migration.State.PublishAsync();
            """,
            """
            await _migration.State.PublishAsync();
                    if (arrivesAs is { } state)
                        _migration.VirtualMachine.Arrive(state);
            """),
        Bug(Stream, "failed-guest-starts", "V5", "the guest is started although the migration failed",
            "error is null ? _load.MigratedRunState : null", "_load.MigratedRunState"),
        Bug(Connections, "stranger-fails-the-migration", "L5", "a connection that is no migration ends the one that is awaited",
            "connection.Refuse(_environment.Trace, refusal);",
            "connection.Refuse(_environment.Trace, refusal);\n                await EndAsync(new(StreamErrorCode.NotAMigrationStream, 0, $\"{refusal}\"), null, null);",
            BugKind.Concurrency),
        Bug(Introduction, "stranger-becomes-main", "L5", "whoever connects first is the source",
            "bool looksLikeMain = magic == FileHeader.Magic;", "bool looksLikeMain = magic != MultifdPacket.Magic;",
            BugKind.Concurrency),
        Bug(Introduction, "silent-client-becomes-main", "L6", "a client that has sent nothing is taken for the source",
            "if (!await reader.FillAsync(4))\n            return new(false, reader.Failure ?? $\"it ended after {reader.Window.Length} bytes\");\n        uint magic = reader.PeekUInt32();",
            "uint magic = await reader.FillAsync(4) ? reader.PeekUInt32() : FileHeader.Magic;", BugKind.Concurrency),
        Bug(State, "abandoned-setup-not-told", "L10", "after an address that could not be had the migration stays in setup for who listens",
            "_environment.Trace.StatusChanged(MigrationStatus.Setup, MigrationStatus.None);", ""),
        Bug(State, "error-not-kept", "slip", "a migration that failed completes",
            "Error = error;\n            return true;", "return true;"),
        Bug(State, "end-from-setup-not-told", "slip", "a migration that fails before it was active is not told of",
            "_environment.Trace.StatusChanged(before, end);", "if (before == MigrationStatus.Active)\n            _environment.Trace.StatusChanged(before, end);"),
        Bug(Machine, "cont-while-migrating-lost", "slip", "a cont that comes during the migration is forgotten",
            "_autostart = true;\n            if (_state == RunState.InMigrate)\n                return;",
            "if (_state == RunState.InMigrate)\n                return;\n            _autostart = true;", BugKind.Concurrency),
        Bug(Machine, "stop-while-migrating-lost", "slip", "a stop that comes during the migration is forgotten",
            "_autostart = false;\n            if (_state is not (RunState.Running or RunState.Suspended))\n                return;",
            "if (_state is not (RunState.Running or RunState.Suspended))\n                return;\n            _autostart = false;",
            BugKind.Concurrency),
        Bug(Machine, "dead-guest-paused", "7.2", "a guest that came stopped for another reason is paused by -S",
            "bool live = migrated is RunState.Running or RunState.Suspended;", "bool live = migrated is not RunState.InMigrate;"),
        Bug(Machine, "stopped-guest-starts", "slip", "a guest that came stopped is started by autostart",
            "Enter(!live || _autostart ? migrated : RunState.Paused);", "Enter(_autostart ? RunState.Running : RunState.Paused);"),
        Bug(Message, "return-path-in-wrong-byte-order", "slip", "payloads on the return path are little-endian",
            "BinaryPrimitives.WriteUInt32BigEndian(destination[(HeaderBytes + fixedBytes - ValueBytes)..], Value);",
            "BinaryPrimitives.WriteUInt32LittleEndian(destination[(HeaderBytes + fixedBytes - ValueBytes)..], Value);"),
        Bug(Events, "events-without-capability", "slip", "MIGRATION events come though nobody asked for them",
            "if (_capabilities[\"events\"])", "if (_capabilities is not null)"),
        Bug(Events, "stop-event-missing", "slip", "STOP is not told when a guest falls asleep or is stopped",
            "if (from == RunState.Running)\n            Emit(\"STOP\", null);\n        else if", "if"),
        Bug(Commands, "second-incoming-accepted", "9.2 #65", "a second migrate-incoming is carried out",
            "if (host.Migration is not null)\n            return QmpError.Generic(\"The incoming migration has already been started\");", ""),
        Bug(MachineCommands, "status-of-another-moment", "slip", "query-status says paused while the guest is on its way",
            "result.WriteString(\"status\", state.ToQapi());", "result.WriteString(\"status\", (state == RunState.InMigrate ? RunState.Paused : state).ToQapi());"),
    ];
}
