namespace Qemu.Migration.Destination;

/// <summary>
/// The releases of QEMU that were asked for their capabilities and parameters, by <c>query-migrate-capabilities</c>,
/// <c>query-migrate-parameters</c> and <c>query-qmp-schema</c>.
/// </summary>
[Flags]
public enum QemuReleases
{
    /// <summary>No release.</summary>
    None = 0,

    /// <summary>7.2 (7.2.22 was asked).</summary>
    V7_2 = 1,

    /// <summary>10.0 (10.0.2 was asked): the release that this destination says it is.</summary>
    V10_0 = 2,

    /// <summary>11.1 (11.1.3 was asked).</summary>
    V11_1 = 4,

    /// <summary>10.0 and 11.1.</summary>
    Since10_0 = V10_0 | V11_1,

    /// <summary>All of them.</summary>
    All = V7_2 | V10_0 | V11_1,
}
