namespace Simulation.Scenarios.Qmp;

/// <summary>What QEMU 10.0.2 replies to settings, found by asking it: capabilities that exclude or require each other, and parameters at
/// both ends of their ranges. What is refused changes nothing; what is accepted is nothing that a destination heeds.</summary>
internal static class SettingCases
{
    // A set that is refused says of each capability that scenarios switch on whether it is on: the reply depends on nothing else.
    private static readonly string[] OfScenarios =
    [
        "multifd", "xbzrle", "mapped-ram", "x-ignore-shared", "validate-uuid", "postcopy-ram", "return-path", "switchover-ack", "release-ram",
    ];

    /// <summary>All parameters and their values as QEMU begins with them, as JSON.</summary>
    public static IReadOnlyList<(string Name, string Value)> Defaults { get; } =
    [
        ("announce-initial", "50"), ("announce-max", "550"), ("announce-rounds", "5"), ("announce-step", "100"),
        ("avail-switchover-bandwidth", "0"), ("cpu-throttle-increment", "10"), ("cpu-throttle-initial", "20"),
        ("cpu-throttle-tailslow", "false"), ("direct-io", "false"), ("downtime-limit", "300"), ("max-bandwidth", "134217728"),
        ("max-cpu-throttle", "99"), ("max-postcopy-bandwidth", "0"), ("mode", "\"normal\""), ("multifd-channels", "2"),
        ("multifd-compression", "\"none\""), ("multifd-qatzip-level", "1"), ("multifd-zlib-level", "1"),
        ("multifd-zstd-level", "1"), ("throttle-trigger-threshold", "50"), ("tls-authz", "\"\""), ("tls-creds", "\"\""),
        ("tls-hostname", "\"\""), ("vcpu-dirty-limit", "1"), ("x-checkpoint-delay", "20000"),
        ("x-vcpu-dirty-limit-period", "1000"), ("xbzrle-cache-size", "67108864"), ("zero-page-detection", "\"multifd\""),
    ];

    /// <summary>Sets of capabilities that are refused.</summary>
    public static IEnumerable<FixedCase> Capabilities { get; } =
    [
        Set("Postcopy is not compatible with ignore-shared", "postcopy-ram", "x-ignore-shared"),
        Set("Background-snapshot is not compatible with postcopy-ram", "background-snapshot", "postcopy-ram", "dirty-bitmaps"),
        Set("Background-snapshot is not compatible with postcopy-ram", "background-snapshot", "postcopy-ram", "zero-copy-send"),
        Set(
            "Background-snapshot is not compatible with dirty-bitmaps", "background-snapshot", "dirty-bitmaps", "postcopy-blocktime"),
        Set(
            "Background-snapshot is not compatible with postcopy-blocktime", "background-snapshot", "postcopy-blocktime", "late-block-activate"),
        Set(
            "Background-snapshot is not compatible with late-block-activate", "background-snapshot", "late-block-activate", "return-path"),
        Set("Background-snapshot is not compatible with return-path", "background-snapshot", "return-path", "multifd"),
        Set("Background-snapshot is not compatible with multifd", "background-snapshot", "multifd", "pause-before-switchover"),
        Set(
            "Background-snapshot is not compatible with pause-before-switchover", "background-snapshot", "pause-before-switchover", "auto-converge"),
        Set("Background-snapshot is not compatible with auto-converge", "background-snapshot", "auto-converge", "release-ram"),
        Set("Background-snapshot is not compatible with release-ram", "background-snapshot", "release-ram", "rdma-pin-all"),
        Set("Background-snapshot is not compatible with rdma-pin-all", "background-snapshot", "rdma-pin-all", "xbzrle"),
        Set("Background-snapshot is not compatible with xbzrle", "background-snapshot", "xbzrle", "x-colo"),
        Set("Background-snapshot is not compatible with x-colo", "background-snapshot", "x-colo", "validate-uuid"),
        Set("Background-snapshot is not compatible with validate-uuid", "background-snapshot", "validate-uuid", "zero-copy-send"),
        Set("Background-snapshot is not compatible with zero-copy-send", "background-snapshot", "zero-copy-send"),
        Set("Zero copy only available for non-compressed non-TLS multifd migration", "zero-copy-send"),
        Set("Zero copy only available for non-compressed non-TLS multifd migration", "zero-copy-send", "multifd", "xbzrle"),
        Set("Postcopy preempt requires postcopy-ram", "postcopy-preempt"),
        Set("dirty-limit requires KVM with accelerator property 'dirty-ring-size' set", "dirty-limit"),
        Set("Mapped-ram migration is incompatible with postcopy", "mapped-ram", "postcopy-ram"),
        Set("Multifd is not compatible with xbzrle", "mapped-ram", "multifd", "xbzrle"),
        Set("Mapped-ram migration is incompatible with xbzrle", "release-ram", "mapped-ram", "xbzrle"),
        Set("Capability 'switchover-ack' requires capability 'return-path'", "switchover-ack"),
        Set("Mapped-ram migration is incompatible with xbzrle", "postcopy-ram", "mapped-ram", "xbzrle"),
    ];

    /// <summary>Values of parameters that are refused.</summary>
    public static IEnumerable<FixedCase> RefusedParameters { get; } =
    [
        Refuse("announce-initial", "100001", "Parameter 'announce_initial' expects a value between 0 and 100000"),
        Refuse("announce-max", "100001", "Parameter 'announce_max' expects a value between 0 and 100000"),
        Refuse("announce-rounds", "1001", "Parameter 'announce_rounds' expects a value between 0 and 1000"),
        Refuse("announce-step", "0", "Parameter 'announce_step' expects a value between 0 and 10000"),
        Refuse("announce-step", "10001", "Parameter 'announce_step' expects a value between 0 and 10000"),
        Refuse(
            "throttle-trigger-threshold", "0",
            "Parameter 'throttle_trigger_threshold' expects an integer in the range of 1 to 100"),
        Refuse(
            "throttle-trigger-threshold", "101",
            "Parameter 'throttle_trigger_threshold' expects an integer in the range of 1 to 100"),
        Refuse("cpu-throttle-initial", "0", "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99"),
        Refuse("cpu-throttle-initial", "100", "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99"),
        Refuse("cpu-throttle-increment", "0", "Parameter 'cpu_throttle_increment' expects an integer in the range of 1 to 99"),
        Refuse("cpu-throttle-increment", "100", "Parameter 'cpu_throttle_increment' expects an integer in the range of 1 to 99"),
        Refuse("downtime-limit", "2000001", "Parameter 'downtime_limit' expects an integer in the range of 0 to (2000 * 1000) ms"),
        Refuse("x-checkpoint-delay", "4294967296", "Parameter 'x-checkpoint-delay' expects uint32_t"),
        Refuse(
            "xbzrle-cache-size", "4095",
            "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size"),
        Refuse(
            "xbzrle-cache-size", "12288",
            "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size"),
        Refuse(
            "xbzrle-cache-size", "2048",
            "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size"),
        Refuse(
            "max-cpu-throttle", "19",
            "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99"),
        Refuse(
            "max-cpu-throttle", "100",
            "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99"),
        Refuse("multifd-compression", "\"gzip\"", "Parameter 'multifd-compression' does not accept value 'gzip'"),
        Refuse("multifd-zlib-level", "10", "Parameter 'multifd_zlib_level' expects a value between 0 and 9"),
        Refuse("multifd-zstd-level", "21", "Parameter 'multifd_zstd_level' expects a value between 0 and 20"),
        Refuse("multifd-qatzip-level", "0", "Parameter 'multifd_qatzip_level' expects a value between 1 and 9"),
        Refuse("multifd-qatzip-level", "10", "Parameter 'multifd_qatzip_level' expects a value between 1 and 9"),
        Refuse("x-vcpu-dirty-limit-period", "0", "Parameter 'x-vcpu-dirty-limit-period' expects a value between 1 and 1000"),
        Refuse("x-vcpu-dirty-limit-period", "1001", "Parameter 'x-vcpu-dirty-limit-period' expects a value between 1 and 1000"),
        Refuse("vcpu-dirty-limit", "0", "Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s"),
        Refuse("mode", "\"fast\"", "Parameter 'mode' does not accept value 'fast'"),
        Refuse("zero-page-detection", "\"all\"", "Parameter 'zero-page-detection' does not accept value 'all'"),
        Refuse("direct-io", "1", "Invalid parameter type for 'direct-io', expected: boolean"),
        Refuse("tls-creds", "5", "Invalid parameter type for 'tls-creds', expected: StrOrNull"),
        Refuse("cpu-throttle-tailslow", "\"yes\"", "Invalid parameter type for 'cpu-throttle-tailslow', expected: boolean"),
        Refuse("avail-switchover-bandwidth", "\"x\"", "Parameter 'avail-switchover-bandwidth' expects uint64"),
        Refuse("block-bitmap-mapping", """[{"node-name": "n"}]""", "Parameter 'block-bitmap-mapping[0].alias' is missing"),
    ];

    /// <summary>Values of parameters that are accepted, at the ends of their ranges.</summary>
    public static IEnumerable<FixedCase> AcceptedParameters { get; } =
    [
        Accept("max-bandwidth", "-1", "18446744073709551615"),
        Accept("announce-initial", "100000"),
        Accept("announce-max", "100000"),
        Accept("announce-rounds", "1000"),
        Accept("announce-step", "1"),
        Accept("announce-step", "10000"),
        Accept("throttle-trigger-threshold", "1"),
        Accept("throttle-trigger-threshold", "100"),
        Accept("cpu-throttle-increment", "1"),
        Accept("cpu-throttle-increment", "99"),
        Accept("downtime-limit", "2000000"),
        Accept("xbzrle-cache-size", "4096"),
        Accept("xbzrle-cache-size", "8192"),
        Accept("multifd-zlib-level", "9"),
        Accept("multifd-zstd-level", "20"),
        Accept("multifd-qatzip-level", "9"),
        Accept("multifd-qatzip-level", "1"),
        Accept("x-vcpu-dirty-limit-period", "1000"),
        Accept("vcpu-dirty-limit", "1"),
        Accept("max-cpu-throttle", "99"),
        Accept("x-checkpoint-delay", "4294967295"),
        Accept("zero-page-detection", "\"legacy\""),
    ];

    private static FixedCase Set(string description, params string[] on)
    {
        IEnumerable<string> states = OfScenarios.Except(on).Select(name => (name, "false")).Concat(on.Select(name => (name, "true")))
            .Select(one => $$"""{"capability": "{{one.Item1}}", "state": {{one.Item2}}}""");
        return new(
            $$""" "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{{string.Join(", ", states)}}]} """,
            ExpectedReply.Generic(description));
    }

    private static FixedCase Refuse(string name, string value, string description) =>
        new(Members(name, value), ExpectedReply.Generic(description));

    private static FixedCase Accept(string name, string value, string? shown = null) =>
        new(Members(name, value), ExpectedReply.Done) { Sets = (name, shown ?? value) };

    private static string Members(string name, string value) =>
        $$""" "execute": "migrate-set-parameters", "arguments": {"{{name}}": {{value}}} """;
}
