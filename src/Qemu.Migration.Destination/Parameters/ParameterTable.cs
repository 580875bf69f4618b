using System.Text.Json;
using Qemu.Migration.Destination.Qapi.Schema;

namespace Qemu.Migration.Destination.Parameters;

/// <summary>
/// The migration parameters of QEMU 7.2, 10.0 and 11.1, in the order of QAPI. Defaults and ranges are the same in every release that
/// has the parameter; where a release accepts more (<c>mode</c>), so does the table.
/// </summary>
internal static class ParameterTable
{
    /// <summary>Every parameter.</summary>
    public static ParameterDefinition[] All { get; } =
    [
        Number("announce-initial", 50, 0, 100_000),
        Number("announce-max", 550, 0, 100_000),
        Number("announce-rounds", 5, 0, 1000),
        new("announce-step", QapiType.UInt64, 100UL)
        {
            Minimum = 1, Maximum = 10_000, Expects = "expects a value between 0 and 10000",
        },
        Level("compress-level", 1, 0, 9) with { Releases = QemuReleases.V7_2 },
        Level("compress-threads", 8, 1, 255) with { Releases = QemuReleases.V7_2 },
        new("compress-wait-thread", QapiType.Boolean, true) { Releases = QemuReleases.V7_2 },
        Level("decompress-threads", 2, 1, 255) with { Releases = QemuReleases.V7_2 },
        Percent("throttle-trigger-threshold", 50, 100),
        Percent("cpu-throttle-initial", 20, 99),
        Percent("cpu-throttle-increment", 10, 99),
        new("cpu-throttle-tailslow", QapiType.Boolean, false),
        new("tls-creds", QapiType.TextOrNull, ""),
        new("tls-hostname", QapiType.TextOrNull, ""),
        new("tls-authz", QapiType.TextOrNull, ""),
        new("max-bandwidth", QapiType.UInt64, 128UL << 20),
        new("avail-switchover-bandwidth", QapiType.UInt64, 0UL) { Releases = QemuReleases.Since10_0 },
        new("downtime-limit", QapiType.UInt64, 300UL)
        {
            Maximum = 2_000_000, Expects = "expects an integer in the range of 0 to (2000 * 1000) ms",
        },
        new("x-checkpoint-delay", QapiType.UInt32, 20_000UL),
        new("block-incremental", QapiType.Boolean, false) { Releases = QemuReleases.V7_2 },
        Level("multifd-channels", 2, 1, 255),
        new("xbzrle-cache-size", QapiType.UInt64, 64UL << 20)
        {
            Minimum = 4096, PowerOfTwo = true, Expects = "expects a power of two no less than the target page size",
        },
        new("max-postcopy-bandwidth", QapiType.UInt64, 0UL),
        new("max-cpu-throttle", QapiType.UInt8, 99UL)
        {
            Maximum = 99, AtLeast = "cpu-throttle-initial", Expects = "expects an integer in the range of cpu_throttle_initial to 99",
        },
        new("multifd-compression", new QapiEnum("none", "zlib", "zstd"), "none"),
        Level("multifd-zlib-level", 1, 0, 9),
        Level("multifd-qatzip-level", 1, 1, 9) with { Releases = QemuReleases.Since10_0 },
        Level("multifd-zstd-level", 1, 0, 20),
        new("block-bitmap-mapping", new QapiArray(BitmapMigrationNodeAlias()), null),
        Number("x-vcpu-dirty-limit-period", 1000, 1, 1000) with { Releases = QemuReleases.Since10_0 },
        new("vcpu-dirty-limit", QapiType.UInt64, 1UL)
        {
            Releases = QemuReleases.Since10_0, Minimum = 1, Expects = "must be greater than 1 MB/s",
        },
        new("mode", new QapiEnum("normal", "cpr-reboot", "cpr-transfer", "cpr-exec"), "normal") { Releases = QemuReleases.Since10_0 },
        new("zero-page-detection", new QapiEnum("none", "legacy", "multifd"), "multifd") { Releases = QemuReleases.Since10_0 },
        new("direct-io", QapiType.Boolean, false) { Releases = QemuReleases.Since10_0 },
        new("x-rdma-chunk-size", QapiType.UInt64, 1UL << 20)
        {
            Releases = QemuReleases.V11_1, Minimum = 1UL << 20, Maximum = 1UL << 30, PowerOfTwo = true,
            Expects = "expects a power of 2 in the range 1MiB to 1024MiB",
        },
        new("cpr-exec-command", new QapiArray(QapiType.Text), JsonElement.Parse("[]"u8)) { Releases = QemuReleases.V11_1 },
    ];

    private static QapiObject BitmapMigrationNodeAlias() => new(
        new("node-name", QapiType.Text), new("alias", QapiType.Text),
        new(
            "bitmaps",
            new QapiArray(new QapiObject(
                new("name", QapiType.Text), new("alias", QapiType.Text),
                new("transform", new QapiObject(new QapiMember("persistent", QapiType.Boolean, true)), true)))));

    private static ParameterDefinition Number(string name, ulong value, ulong minimum, ulong maximum) =>
        new(name, QapiType.UInt64, value)
        {
            Minimum = minimum, Maximum = maximum, Expects = $"expects a value between {minimum} and {maximum}",
        };

    private static ParameterDefinition Level(string name, ulong value, ulong minimum, ulong maximum) =>
        Number(name, value, minimum, maximum) with { Type = QapiType.UInt8 };

    private static ParameterDefinition Percent(string name, ulong value, ulong maximum) =>
        new(name, QapiType.UInt8, value)
        {
            Minimum = 1, Maximum = maximum, Expects = $"expects an integer in the range of 1 to {maximum}",
        };
}
