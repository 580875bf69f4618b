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
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "exec"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.args' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "exec", "args": "x"}}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels[0].addr.args', expected: array")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "exec", "args": [1]}}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels[0].addr.args[0]', expected: string")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "file", "filename": "x"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.offset' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "file", "offset": 0}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.filename' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "inet", "host": "h"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.port' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "inet", "port": "1"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.host' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "unix"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.path' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "fd"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.str' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "vsock", "cid": "1"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.port' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "smoke"}}]} """,
            ExpectedReply.Generic("Parameter 'type' does not accept value 'smoke'")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.type' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "pigeon"}}]} """,
            ExpectedReply.Generic("Parameter 'transport' does not accept value 'pigeon'")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.transport' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "rdma", "host": "h"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.port' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"addr": {"transport": "exec", "args": ["x"]}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].channel-type' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main"}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr' is missing")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "side", "addr": {"transport": "exec", "args": ["x"]}}]} """,
            ExpectedReply.Generic("Parameter 'channel-type' does not accept value 'side'")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"exit-on-error": "no"} """,
            ExpectedReply.Generic("Invalid parameter type for 'exit-on-error', expected: boolean")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": {}} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels', expected: array")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [5]} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels[0]', expected: object")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "exec", "args": ["x"], "more": 1}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.more' is unexpected")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "inet", "host": "h", "port": 5}}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels[0].addr.port', expected: string")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "inet", "host": "h", "port": "5", "ipv4": "yes"}}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'channels[0].addr.ipv4', expected: boolean")),
        new(
            """ "execute": "migrate-incoming", "arguments": {"channels": [{"channel-type": "main", "addr": {"transport": "socket", "type": "inet", "host": "h", "port": "5", "to": "9"}}]} """,
            ExpectedReply.Generic("Parameter 'channels[0].addr.to' expects uint64")),
        new(
            """ "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"state": true}]} """,
            ExpectedReply.Generic("Parameter 'capabilities[0].capability' is missing")),
        new(
            """ "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": "events", "state": 1}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'capabilities[0].state', expected: boolean")),
        new(
            """ "execute": "migrate-set-capabilities", "arguments": {"capabilities": {}} """,
            ExpectedReply.Generic("Invalid parameter type for 'capabilities', expected: array")),
        new(
            """ "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": 5, "state": true}]} """,
            ExpectedReply.Generic("Invalid parameter type for 'capabilities[0].capability', expected: string")),
        new(
            """ "execute": "object-add", "arguments": {"qom-type": "tls-creds-x509"} """,
            ExpectedReply.Generic("Parameter 'id' is missing")),
        new(""" "execute": "object-del" """, ExpectedReply.Generic("Parameter 'id' is missing")),
        new(
            """ "execute": "object-del", "arguments": {"id": 1} """,
            ExpectedReply.Generic("Invalid parameter type for 'id', expected: string")),
    ];
}
