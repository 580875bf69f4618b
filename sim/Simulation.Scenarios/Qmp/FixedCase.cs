namespace Simulation.Scenarios.Qmp;

/// <summary>What a server must reply.</summary>
/// <param name="Class">The error's class; null for a result.</param>
/// <param name="Description">The error's text; null where any will do, or for a result.</param>
/// <param name="Result">The result as JSON; null where another check judges it, or for an error.</param>
internal sealed record ExpectedReply(string? Class, string? Description, string? Result)
{
    /// <summary>The result of a command that returns nothing.</summary>
    public static ExpectedReply Done { get; } = new(null, null, "{}");

    /// <summary>Any result.</summary>
    public static ExpectedReply AnyResult { get; } = new(null, null, null);

    /// <summary>A result.</summary>
    public static ExpectedReply Of(string json) => new(null, null, json);

    /// <summary>An error of class GenericError.</summary>
    public static ExpectedReply Generic(string? description) => new("GenericError", description, null);

    /// <summary>An error of class CommandNotFound.</summary>
    public static ExpectedReply NotFound(string description) => new("CommandNotFound", description, null);
}

/// <summary>A message whose reply does not depend on any state.</summary>
/// <param name="Members">The members of its object, without braces and id; or, of malformed input, all of its bytes.</param>
/// <param name="Reply">What QEMU 10.0.2 replies, found by asking it.</param>
internal sealed record FixedCase(string Members, ExpectedReply Reply)
{
    /// <summary>The parameter that it sets, and its value as JSON; null where it changes nothing.</summary>
    public (string Name, string Value)? Sets { get; init; }

    /// <summary>How many of its bytes a server needs, of malformed input; 0 for all of them.</summary>
    public int NeededBytes { get; init; }

    /// <summary>What only a source can do; a destination that does postcopy says so in other words.</summary>
    public static FixedCase StartPostcopy { get; } = Refused(
        """ "execute": "migrate-start-postcopy" """, "Enable postcopy with migrate_set_capability before the start of migration");

    /// <summary>Commands: unknown ones, wrong ones, ones that only a source or postcopy can carry out, and lists of settings of which one is
    /// refused, so that none may take effect.</summary>
    public static FixedCase[] Commands { get; } =
    [
        Refused(""" "execute": "make-coffee" """, "CommandNotFound", "The command make-coffee has not been found"),
        Refused(""" "execute": "qmp_capabilities" """, "CommandNotFound", "Capabilities negotiation is already complete, command ignored"),
        Refused(""" "arguments": {} """, "QMP input lacks member 'execute'"),
        Refused(""" "execute": 5 """, "QMP input member 'execute' must be a string"),
        Refused(""" "execute": "query-name", "arguments": [] """, "QMP input member 'arguments' must be an object"),
        Refused(""" "execute": "query-name", "extra": 1 """, "QMP input member 'extra' is unexpected"),
        Refused(""" "execute": "query-name", "arguments": {"x": 1} """, "Parameter 'x' is unexpected"),
        Refused(""" "execute": "migrate-set-capabilities" """, "Parameter 'capabilities' is missing"),
        Capabilities("Parameter 'capability' does not accept value 'nonsense'", ("release-ram", true), ("events", false), ("nonsense", true)),
        Capabilities("Multifd is not compatible with xbzrle", ("events", true), ("xbzrle", true), ("multifd", true)),
        Capabilities(
            "Capability 'switchover-ack' requires capability 'return-path'",
            ("events", true), ("release-ram", true), ("switchover-ack", true), ("return-path", false)),
        Capabilities(
            "dirty-limit conflicts with auto-converge either of then available currently",
            ("release-ram", true), ("auto-converge", true), ("dirty-limit", true)),
        Capabilities(
            "Mapped-ram migration is incompatible with xbzrle", ("events", false), ("multifd", false), ("mapped-ram", true), ("xbzrle", true)),
        Refused(
            """ "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": "release-ram"}]} """,
            "Parameter 'capabilities[0].state' is missing"),
        Parameters(""" "downtime-limit": 5, "multifd-channels": 0 """, "Parameter 'multifd_channels' expects a value between 1 and 255"),
        Parameters(""" "downtime-limit": 6, "multifd-channels": 256 """, "Parameter 'multifd-channels' expects uint8_t"),
        Parameters(""" "downtime-limit": 7, "multifd-channels": "many" """, "Parameter 'multifd-channels' expects uint64"),
        Parameters(""" "downtime-limit": 8, "no-such": 1 """, "Parameter 'no-such' is unexpected"),
        Refused(
            """ "execute": "migrate-continue", "arguments": {"state": "pre-switchover"} """, "Migration not in expected state: none"),
        Refused(""" "execute": "migrate-recover" """, "Parameter 'uri' is missing"),
        StartPostcopy,
        Refused(
            """ "execute": "yank", "arguments": {"instances": [{"type": "chardev", "id": "x"}]} """, "DeviceNotFound", "Instance not found"),
        Refused(""" "execute": "getfd", "arguments": {"fdname": "f"} """, "No file descriptor supplied via SCM_RIGHTS"),
        Refused(""" "execute": "add-fd" """, "No file descriptor supplied via SCM_RIGHTS"),
        Refused(""" "execute": "closefd", "arguments": {"fdname": "never"} """, "File descriptor named 'never' not found"),
        Refused(""" "execute": "remove-fd", "arguments": {"fdset-id": 77} """, "File descriptor named 'fdset-id:77' not found"),
        new(""" "execute": "migrate_cancel" """, ExpectedReply.Done),
        new(""" "execute": "query-name" """, ExpectedReply.Done),
        new("\n\"execute\":\r\n\t\"query-name\"\n", ExpectedReply.Done),
        new(" 'execute': 'query-name' ", ExpectedReply.Done),
        new(""" "execute": "query-target" """, ExpectedReply.Of("""{"arch": "x86_64"}""")),
        new(""" "execute": "query-kvm" """, ExpectedReply.Of("""{"enabled": false, "present": false}""")),
        new(""" "execute": "query-cpus-fast" """, ExpectedReply.Of("[]")),
        new(""" "execute": "query-block" """, ExpectedReply.Of("[]")),
        new(
            """ "execute": "query-version" """,
            ExpectedReply.Of("""{"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "Qemu.Migration.Incoming"}""")),
        new(
            """ "execute": "human-monitor-command", "arguments": {"command-line": "make coffee"} """,
            ExpectedReply.Of("\"unknown command: 'make'\\r\\n\"")),
        .. CommandCases.All,
        .. SettingCases.Capabilities,
        .. SettingCases.RefusedParameters,
        .. SettingCases.AcceptedParameters,
    ];

    /// <summary>Malformed input. Each case leaves the parser where a new message begins.</summary>
    public static FixedCase[] Malformed { get; } =
    [
        Bytes("}\n", 1, "JSON parse error, expecting value"),
        Bytes("{]\n", 2, "JSON parse error, expecting value"),
        Bytes("{\"execute\" \"query-name\"}\n", 24, "JSON parse error, missing : in object pair"),
        Bytes("{\"execute\":\"query-name\",}\n", 25, "JSON parse error, expecting value"),
        Bytes("{\"execute\":nope}\n", 16, "JSON parse error, invalid keyword 'nope'"),
        Bytes("{\"execute\":\"query-name\",\"execute\":\"quit\"}\n", 41, "JSON parse error, duplicate key"),
        Bytes("[1, 2]\n", 6, "QMP input must be a JSON object"),
        Bytes("42\n", 3, "QMP input must be a JSON object"),
        Bytes("\"text\"\n", 6, "QMP input must be a JSON object"),
        Bytes("null\n", 5, "QMP input must be a JSON object"),
        Bytes("{1:2}\n", 5, "JSON parse error, key is not a string in object"),
        Bytes("{\"a\":\"\\q\"}\n", 10, "JSON parse error, invalid escape sequence in string"),
        Bytes("!\n", 1, "JSON parse error, stray '!'"),
        Bytes("{\"execute\":\"query-name\" # comment\n", 25, "JSON parse error, stray '#'"),
        Bytes("01\n", 2, "JSON parse error, stray '01'"),
    ];

    private static FixedCase Bytes(string text, int needed, string description) =>
        new(text, ExpectedReply.Generic(description)) { NeededBytes = needed };

    private static FixedCase Refused(string members, string description) => new(members, ExpectedReply.Generic(description));

    private static FixedCase Refused(string members, string errorClass, string description) =>
        new(members, new ExpectedReply(errorClass, description, null));

    private static FixedCase Capabilities(string description, params (string Name, bool State)[] wanted)
    {
        IEnumerable<string> states = wanted.Select(one =>
            $$"""{"capability": "{{one.Name}}", "state": {{(one.State ? "true" : "false")}}}""");
        return Refused(
            $$""" "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{{string.Join(", ", states)}}]} """, description);
    }

    private static FixedCase Parameters(string members, string description) =>
        Refused($$""" "execute": "migrate-set-parameters", "arguments": { {{members}} } """, description);
}
