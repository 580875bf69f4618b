namespace Qemu.Migration.Destination.Parameters;

/// <summary>
/// The migration parameters of QEMU 7.2, 10.0 and 11.1, in the order of QAPI. Defaults and ranges are the same in every release that
/// has the parameter; where a release accepts more (<c>mode</c>), so does the table.
/// </summary>
internal static class ParameterTable
{
    private const QemuReleases Since10 = QemuReleases.V10_0 | QemuReleases.V11_1;

    /// <summary>Every parameter.</summary>
    public static ParameterDefinition[] All { get; } =
    [
        Number("announce-initial", 50, 0, 100_000),
        Number("announce-max", 550, 0, 100_000),
        Number("announce-rounds", 5, 0, 1000),
        new("announce-step", ParameterKind.UInt64, 100UL)
        {
            Minimum = 1, Maximum = 10_000, Expects = "expects a value between 0 and 10000",
        },
        Level("compress-level", 1, 0, 9) with { Releases = QemuReleases.V7_2 },
        Level("compress-threads", 8, 1, 255) with { Releases = QemuReleases.V7_2 },
        new("compress-wait-thread", ParameterKind.Boolean, true) { Releases = QemuReleases.V7_2 },
        Level("decompress-threads", 2, 1, 255) with { Releases = QemuReleases.V7_2 },
        Percent("throttle-trigger-threshold", 50, 100),
        Percent("cpu-throttle-initial", 20, 99),
        Percent("cpu-throttle-increment", 10, 99),
        new("cpu-throttle-tailslow", ParameterKind.Boolean, false),
        new("tls-creds", ParameterKind.Text, ""),
        new("tls-hostname", ParameterKind.Text, ""),
        new("tls-authz", ParameterKind.Text, ""),
        new("max-bandwidth", ParameterKind.UInt64, 128UL << 20),
        new("avail-switchover-bandwidth", ParameterKind.UInt64, 0UL) { Releases = Since10 },
        new("downtime-limit", ParameterKind.UInt64, 300UL)
        {
            Maximum = 2_000_000, Expects = "expects an integer in the range of 0 to (2000 * 1000) ms",
        },
        new("x-checkpoint-delay", ParameterKind.UInt32, 20_000UL),
        new("block-incremental", ParameterKind.Boolean, false) { Releases = QemuReleases.V7_2 },
        Level("multifd-channels", 2, 1, 255),
        new("xbzrle-cache-size", ParameterKind.UInt64, 64UL << 20)
        {
            Minimum = 4096, PowerOfTwo = true, Expects = "expects a power of two no less than the target page size",
        },
        new("max-postcopy-bandwidth", ParameterKind.UInt64, 0UL),
        new("max-cpu-throttle", ParameterKind.Byte, 99UL)
        {
            Maximum = 99, AtLeast = "cpu-throttle-initial", Expects = "expects an integer in the range of cpu_throttle_initial to 99",
        },
        new("multifd-compression", ParameterKind.Enumeration, "none") { Values = ["none", "zlib", "zstd"] },
        Level("multifd-zlib-level", 1, 0, 9),
        Level("multifd-qatzip-level", 1, 1, 9) with { Releases = Since10 },
        Level("multifd-zstd-level", 1, 0, 20),
        new("block-bitmap-mapping", ParameterKind.BitmapMapping, null),
        Number("x-vcpu-dirty-limit-period", 1000, 1, 1000) with { Releases = Since10 },
        new("vcpu-dirty-limit", ParameterKind.UInt64, 1UL)
        {
            Releases = Since10, Minimum = 1, Expects = "must be greater than 1 MB/s",
        },
        new("mode", ParameterKind.Enumeration, "normal")
        {
            Releases = Since10, Values = ["normal", "cpr-reboot", "cpr-transfer", "cpr-exec"],
        },
        new("zero-page-detection", ParameterKind.Enumeration, "multifd")
        {
            Releases = Since10, Values = ["none", "legacy", "multifd"],
        },
        new("direct-io", ParameterKind.Boolean, false) { Releases = Since10 },
        new("x-rdma-chunk-size", ParameterKind.UInt64, 1UL << 20)
        {
            Releases = QemuReleases.V11_1, Minimum = 1UL << 20, Maximum = 1UL << 30, PowerOfTwo = true,
            Expects = "expects a power of 2 in the range 1MiB to 1024MiB",
        },
        new("cpr-exec-command", ParameterKind.TextList, Array.Empty<string>()) { Releases = QemuReleases.V11_1 },
    ];

    private static ParameterDefinition Number(string name, ulong value, ulong minimum, ulong maximum) =>
        new(name, ParameterKind.UInt64, value)
        {
            Minimum = minimum, Maximum = maximum, Expects = $"expects a value between {minimum} and {maximum}",
        };

    private static ParameterDefinition Level(string name, ulong value, ulong minimum, ulong maximum) =>
        Number(name, value, minimum, maximum) with { Kind = ParameterKind.Byte };

    private static ParameterDefinition Percent(string name, ulong value, ulong maximum) =>
        new(name, ParameterKind.Byte, value)
        {
            Minimum = 1, Maximum = maximum, Expects = $"expects an integer in the range of 1 to {maximum}",
        };
}
