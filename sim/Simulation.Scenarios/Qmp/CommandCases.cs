namespace Simulation.Scenarios.Qmp;

/// <summary>What QEMU 10.0.2 replies to commands with arguments that are missing, of another type or without an object to act on, and to the
/// human monitor; found by asking it.</summary>
internal static class CommandCases
{
    /// <summary>The commands.</summary>
    public static IEnumerable<FixedCase> All { get; } =
    [
        new(
            """ "execute": "migrate-continue", "arguments": {"state": "nonsense"} """,
            ExpectedReply.Generic("Parameter 'state' does not accept value 'nonsense'")),
        new(""" "execute": "migrate-continue" """, ExpectedReply.Generic("Parameter 'state' is missing")),
        new(""" "execute": "migrate-recover" """, ExpectedReply.Generic("Parameter 'uri' is missing")),
        new(
            """ "execute": "migrate-recover", "arguments": {"uri": 5} """,
            ExpectedReply.Generic("Invalid parameter type for 'uri', expected: string")),
        new(""" "execute": "getfd" """, ExpectedReply.Generic("Parameter 'fdname' is missing")),
        new(
            """ "execute": "getfd", "arguments": {"fdname": 3} """,
            ExpectedReply.Generic("Invalid parameter type for 'fdname', expected: string")),
        new(""" "execute": "closefd" """, ExpectedReply.Generic("Parameter 'fdname' is missing")),
        new(""" "execute": "remove-fd" """, ExpectedReply.Generic("Parameter 'fdset-id' is missing")),
        new(
            """ "execute": "remove-fd", "arguments": {"fdset-id": 77, "fd": 3} """,
            ExpectedReply.Generic("File descriptor named 'fdset-id:77, fd:3' not found")),
        new(
            """ "execute": "add-fd", "arguments": {"fdset-id": "x"} """,
            ExpectedReply.Generic("Invalid parameter type for 'fdset-id', expected: integer")),
        new(""" "execute": "query-blockstats" """, ExpectedReply.Of("[]")),
        new(""" "execute": "query-named-block-nodes" """, ExpectedReply.Of("[]")),
        new(""" "execute": "query-iothreads" """, ExpectedReply.Of("[]")),
        new(""" "execute": "yank", "arguments": {"instances": []} """, ExpectedReply.Of("{}")),
        new(""" "execute": "yank" """, ExpectedReply.Generic("Parameter 'instances' is missing")),
        new(
            """ "execute": "yank", "arguments": {"instances": [{"type": "block-node"}]} """,
            ExpectedReply.Generic("Parameter 'instances[0].node-name' is missing")),
        new(
            """ "execute": "yank", "arguments": {"instances": [{"type": "block-node", "node-name": "x"}]} """,
            new ExpectedReply("DeviceNotFound", "Instance not found", null)),
        new(
            """ "execute": "yank", "arguments": {"instances": [{"type": "nonsense"}]} """,
            ExpectedReply.Generic("Parameter 'type' does not accept value 'nonsense'")),
        new(
            """ "execute": "human-monitor-command", "arguments": {"command-line": "info coffee"} """,
            ExpectedReply.Of("\"unknown command: 'info coffee'\\r\\n\"")),
        new(""" "execute": "human-monitor-command", "arguments": {"command-line": ""} """, ExpectedReply.Of("\"\"")),
        new(""" "execute": "human-monitor-command", "arguments": {"command-line": "info name"} """, ExpectedReply.Of("\"\"")),
        new(
            """ "execute": "human-monitor-command", "arguments": {"command-line": "info status now"} """,
            ExpectedReply.Of("\"status: extraneous characters at the end of line\\r\\nTry \\\"help info status\\\" for more information\\r\\n\"")),
        new(""" "execute": "human-monitor-command" """, ExpectedReply.Generic("Parameter 'command-line' is missing")),
        new(
            """ "execute": "human-monitor-command", "arguments": {"command-line": "info status", "cpu-index": 99} """,
            ExpectedReply.Generic("Parameter 'cpu-index' expects a CPU number")),
        new(""" "execute": "object-del", "arguments": {"id": "none"} """, ExpectedReply.Generic("object 'none' not found")),
        new(
            """ "execute": "object-add", "arguments": {"qom-type": "nonsense", "id": "x"} """,
            ExpectedReply.Generic("Parameter 'qom-type' does not accept value 'nonsense'")),
        new(""" "execute": "object-add" """, ExpectedReply.Generic("Parameter 'qom-type' is missing")),
        new(
            """ "execute": "query-machines", "arguments": {"compat-props": 1} """,
            ExpectedReply.Generic("Invalid parameter type for 'compat-props', expected: boolean")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"uri": 5} """,
            ExpectedReply.Generic("Invalid parameter type for 'uri', expected: string")),
    ];
}
