using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in the walk from section to section, in commands and in device state.</summary>
internal static class SectionBugs
{
    private const string Loop = "src/Qemu.Migration.Destination/Loading/SectionLoop.cs";
    private const string Shared = "src/Qemu.Migration.Destination/Loading/LoadSession.cs";
    private const string Postcopy = "src/Qemu.Migration.Destination/Loading/PostcopyCommands.cs";
    private const string Stream = "src/Qemu.Migration.Destination/Loading/VMStateLoader.cs";
    private const string Header = "src/Qemu.Migration.Wire/FileHeader.cs";
    private const string Section = "src/Qemu.Migration.Destination/Loading/SectionLoader.cs";
    private const string Command = "src/Qemu.Migration.Destination/Loading/CommandLoader.cs";
    private const string Device = "src/Qemu.Migration.Destination/Loading/DeviceStateLoader.cs";
    private const string Ack = "src/Qemu.Migration.Destination/ReturnPath/SwitchoverAck.cs";
    private const string GlobalState = "src/Qemu.Migration.Destination/Loading/GlobalStateSection.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Header, "file-version-not-checked", "slip", "a stream of an unknown version is loaded",
            "FoundVersion: Version }", "FoundVersion: >= Version }"),
        Bug(Loop, "unknown-section-type-ends-the-stream", "slip", "an unknown section type counts as the end of the stream",
            "case SectionType.Eof:", "case SectionType.Eof or (> SectionType.Command and < SectionType.Footer):"),
        Bug(Stream, "description-left-unread", "slip", "the description at the end is not read, so that its bytes are not counted",
            "await _reader.SkipAsync(length);", ""),
        Bug(Stream, "description-required", "1.9", "a stream without a description at its end fails",
            "await SkipVmDescriptionAsync();\n        return null;",
            """
            {
                        long end = _reader.OffsetBytes;
                        await SkipVmDescriptionAsync();
                        if (!_machine.SuppressVmDescription && _reader.OffsetBytes == end)
                            return Errors.Truncated(_reader, $"the description of the machine");
                    }
                    return null;
            """),
        Bug(Section, "footer-compared-with-local-id", "9.2 #17", "a footer is compared with this side's section number",
            "if (footer.Id != entry.LoadSectionId)", "if (footer.Id != (uint)Array.IndexOf(_session.Entries, entry))"),
        Bug(Section, "footer-id-not-compared", "slip", "any footer will do",
            "if (footer.Id != entry.LoadSectionId)", "if (footer.Id == uint.MaxValue)"),
        Bug(Section, "newer-section-accepted", "slip", "a section newer than this machine's is loaded",
            "if (version > (uint)entry.State.Version)", "if (version > int.MaxValue)"),
        Bug(Section, "older-section-accepted", "slip", "a section older than this machine can read is loaded",
            "if (entry.LoadVersion < entry.State.MinimumVersion)", "if (entry.LoadVersion < 0)"),
        Bug(Section, "instance-ignored", "slip", "a section finds its device by name alone",
            "e => e.Name == name && e.InstanceId == instance", "e => e.Name == name"),
        Bug(Section, "second-start-does-not-rebind", "1.3", "a second START leaves the section under its first id",
            "entry.LoadSectionId = id;", "entry.LoadSectionId = entry.LoadVersion == 0 ? id : entry.LoadSectionId;"),
        Bug(Section, "ram-version-not-checked", "slip", "the ram section is loaded whatever its version",
            "return entry.LoadVersion == RamFlags.SectionVersion", "return entry.LoadVersion <= RamFlags.SectionVersion"),
        Bug(Section, "full-and-part-not-alike", "1.3", "a device's section in the form START is refused",
            "if (entry.Handler == SectionHandler.Ram)",
            """
            if (type == SectionType.Start && entry.Handler == SectionHandler.DeviceState)
                        return Fail(StreamErrorCode.UnknownSection, $"section '{entry.Name}' is not loaded in parts");
                    if (entry.Handler == SectionHandler.Ram)
            """),
        Bug(Section, "run-state-forgotten", "slip", "the guest always arrives as a running one",
            "_session.MigratedRunState = state;", ""),
        Bug(GlobalState, "unknown-run-state-runs", "slip", "a run state that does not exist is taken for running",
            "return known\n            ? null", "return known || name.Length > 0\n            ? null"),
        Bug(GlobalState, "suspended-guest-wakes", "slip", "a guest that slept when it was stopped arrives awake",
            "if (state == RunState.Running && body[WasSuspendedOffset] != 0)",
            "if (state == RunState.Running && body[WasSuspendedOffset - 1] == 0)"),
        Bug(Command, "command-length-not-checked", "slip", "a command's length is believed, and its payload left in the stream",
            "if (FixedLength(command) is { } expected && length != expected)",
            "if (FixedLength(command) is { } expected && length < expected)"),
        Bug(Command, "colo-accepted", "slip", "ENABLE_COLO is ignored where it must be refused",
            "if (command == CommandType.EnableColo)",
            "if (command == CommandType.Invalid)"),
        Bug(Command, "ping-without-return-path-accepted", "slip", "a PING that nobody can answer is ignored",
            """
            return new(StreamErrorCode.PingWithoutReturnPath, offset, $"PING 0x{value:x} without a return path");
            """,
            """
            {
                        reader.Advance(4);
                        return null;
                    }
            """),
        Bug(Command, "pong-without-the-value", "slip", "PONG does not carry the value of its PING",
            "await ReturnPath.PongAsync(value);", "await ReturnPath.PongAsync(0);"),
        Bug(Ack, "switchover-ack-forgotten", "slip", "the source is never told that it may switch over",
            "if (isLegacy == true)\n            await returnPath.SwitchoverAckAsync();", "if (isLegacy == true)\n            await Task.CompletedTask;"),
        Bug(Shared, "switchover-ack-unasked", "slip", "the switchover is acknowledged though nobody negotiated it",
            """new(capabilities["switchover-ack"], """, """new(capabilities["return-path"], """),
        Bug(Ack, "switchover-ack-to-a-modern-source", "10.2a", "a source that waits for no SWITCHOVER_ACK gets one, fails and runs on",
            "isLegacy == false)\n            return;\n        if (isLegacy == true)",
            "isLegacy is null)\n            return;\n        if (isEnabled)"),
        Bug(Ack, "switchover-ack-before-it-is-known", "10.2a", "a source of which nothing is known gets its SWITCHOVER_ACK at once",
            "if (isLegacy == true)", "if (isLegacy != false)"),
        Bug(Ack, "switchover-ack-never-found-out", "slip", "a source that waits for a SWITCHOVER_ACK is not found out",
            "pages == _pages ? _idleRounds + 1 : 0", "pages == _pages ? 1 : 0"),
        Bug(Postcopy, "advise-twice-accepted", "slip", "POSTCOPY_ADVISE may come twice",
            "if (_postcopy.State != PostcopyState.None)", "if (_postcopy.State > PostcopyState.Advised)"),
        Bug(Device, "device-field-of-a-newer-version-read", "slip", "fields are read that the section's version does not have yet",
            "if (field.SinceVersion > version)", "if (field.SinceVersion > layout.Version)"),
        Bug(Device, "subsection-version-of-the-section", "slip", "a subsection's fields are those of its section's version",
            "if (await LoadAsync(section, layout, version) is { } error)\n                return error;\n            if (_varies)\n                return null;\n        }",
            "if (await LoadAsync(section, layout, parent.Version) is { } error)\n                return error;\n            if (_varies)\n                return null;\n        }"),
        Bug(Device, "subsection-version-compared-with-its-section", "slip", "a subsection's version is held against its section's",
            "ReadHeaderAsync(section, name, layout.MinimumVersion, layout.Version)",
            "ReadHeaderAsync(section, name, parent.MinimumVersion, parent.Version)"),
        Bug(Device, "older-subsection-accepted", "slip", "a subsection older than this machine can read is loaded",
            "if (version < oldest)", "if (version < 0)"),
        Bug(Device, "only-one-subsection", "slip", "what follows a subsection is no other subsection",
            "if (await LoadAsync(section, layout, version) is { } error)\n                return error;\n            if (_varies)\n                return null;\n        }",
            "return await LoadAsync(section, layout, version);\n        }"),
        Bug(Device, "array-read-as-one-element", "slip", "of an array one element is read",
            "(long)field.SizeBytes * field.Count", "(long)field.SizeBytes"),
        Bug(Device, "subsections-of-structures-not-read", "slip", "subsections are looked for behind a section's fields only",
            "if (await LoadAsync(section, field.Struct, field.Struct.Version) is { } error)",
            "if (await LoadAsync(section, field.Struct with { Subsections = [] }, field.Struct.Version) is { } error)"),
        Bug(Section, "second-section-of-a-name-is-the-first", "slip", "a section whose name is known goes to the first of that name",
            "e => e.Name == name && e.InstanceId == instance", "e => e.Name == name && (e.InstanceId == instance || e.LoadSectionId != 0)"),
        Bug(Section, "section-found-by-a-prefix", "slip", "a section is found by a name that begins with its own",
            "e => e.Name == name && e.InstanceId == instance", "e => name.StartsWith(e.Name, StringComparison.Ordinal) && e.InstanceId == instance"),
        Bug(Device, "unknown-subsection-skipped", "9.2 #19", "an unknown subsection ends its section without an error",
            "if (layout is null)\n            {", "if (layout is null && name.Length == 0)\n            {"),
    ];
}
