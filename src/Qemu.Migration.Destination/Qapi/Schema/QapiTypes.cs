using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Parameters;

namespace Qemu.Migration.Destination.Qapi.Schema;

/// <summary>The types that several commands and events use, by their QAPI names.</summary>
internal static class QapiTypes
{
    /// <summary>QEMU's states of a migration; a destination without postcopy reaches five of them.</summary>
    public static QapiType MigrationStatus { get; } = new QapiEnum(
        "none", "setup", "cancelling", "cancelled", "active", "postcopy-active", "postcopy-paused", "postcopy-recover-setup",
        "postcopy-recover", "completed", "failed", "colo", "pre-switchover", "device", "wait-unplug");

    /// <summary>The guest's states.</summary>
    public static QapiType RunState { get; } = new QapiEnum([.. Enum.GetValues<RunState>().Select(state => state.ToQapi())]);

    /// <summary>A capability's name.</summary>
    public static QapiType MigrationCapability { get; } = new QapiEnum(MigrationCapabilities.Names);

    /// <summary>A capability and whether it is on.</summary>
    public static QapiArray MigrationCapabilityStatusList { get; } = new(new QapiObject(
        new("capability", MigrationCapability), new("state", QapiType.Boolean)));

    /// <summary>The parameters: each may be absent.</summary>
    public static QapiObject MigrationParameters { get; } = new(
        [.. ParameterTable.All.Select(p => new QapiMember(p.Name, p.Type, IsOptional: true))]);

    /// <summary>QAPI <c>InetSocketAddress</c>.</summary>
    public static QapiObject InetSocketAddress { get; } = new(
        new("host", QapiType.Text), new("port", QapiType.Text), new("numeric", QapiType.Boolean, true), new("to", QapiType.UInt16, true),
        new("ipv4", QapiType.Boolean, true), new("ipv6", QapiType.Boolean, true), new("keep-alive", QapiType.Boolean, true),
        new("mptcp", QapiType.Boolean, true));

    /// <summary>QAPI <c>SocketAddress</c>.</summary>
    public static QapiObject SocketAddress { get; } = new(new QapiMember("type", new QapiEnum("inet", "unix", "vsock", "fd")))
    {
        Tag = "type",
        Variants = new Dictionary<string, QapiObject>
        {
            ["inet"] = InetSocketAddress,
            ["unix"] = new(
                new("path", QapiType.Text), new("abstract", QapiType.Boolean, true), new("tight", QapiType.Boolean, true)),
            ["vsock"] = new(new("cid", QapiType.Text), new("port", QapiType.Text)),
            ["fd"] = new(new QapiMember("str", QapiType.Text)),
        },
    };

    /// <summary>QAPI <c>MigrationChannel</c>, with <c>MigrationAddress</c>.</summary>
    public static QapiObject MigrationChannel { get; } = new(
        new("channel-type", new QapiEnum("main", "cpr")),
        new(
            "addr",
            new QapiObject(new QapiMember("transport", new QapiEnum("socket", "exec", "rdma", "file")))
            {
                Tag = "transport",
                Variants = new Dictionary<string, QapiObject>
                {
                    ["socket"] = SocketAddress,
                    ["exec"] = new(new QapiMember("args", new QapiArray(QapiType.Text))),
                    ["rdma"] = InetSocketAddress,
                    ["file"] = new(new("filename", QapiType.Text), new("offset", QapiType.UInt64)),
                },
            }));

    /// <summary>QAPI <c>MigrationInfo</c>, as a destination fills it.</summary>
    public static QapiObject MigrationInfo { get; } = new(
        new("status", MigrationStatus, true), new("ram", MigrationStats(), true), new("total-time", QapiType.Int64, true),
        new("setup-time", QapiType.Int64, true), new("error-desc", QapiType.Text, true), new("recoveries", QapiType.Int64, true),
        new("paused-time", QapiType.Int64, true), new("postcopy-blocktime", QapiType.Int64, true),
        new("postcopy-vcpu-blocktime", new QapiArray(QapiType.Int64), true), new("postcopy-latency", QapiType.Int64, true),
        new("postcopy-latency-dist", new QapiArray(QapiType.Int64), true),
        new("postcopy-vcpu-latency", new QapiArray(QapiType.Int64), true), new("postcopy-non-vcpu-latency", QapiType.Int64, true),
        new("socket-address", new QapiArray(SocketAddress), true));

    /// <summary>QAPI <c>VersionInfo</c>.</summary>
    public static QapiObject VersionInfo { get; } = new(
        new(
            "qemu",
            new QapiObject(new("major", QapiType.Int64), new("minor", QapiType.Int64), new("micro", QapiType.Int64))),
        new("package", QapiType.Text));

    private static QapiObject MigrationStats() => new(
    [
        .. ((string[])
        [
            "transferred", "remaining", "total", "duplicate", "normal", "normal-bytes", "dirty-pages-rate", "dirty-sync-count",
            "postcopy-requests", "page-size", "multifd-bytes", "pages-per-second", "precopy-bytes", "downtime-bytes", "postcopy-bytes",
            "dirty-sync-missed-zero-copy", "xbzrle-pages", "xbzrle-bytes",
        ]).Select(name => new QapiMember(name, QapiType.Int64)),
        .. ((string[])["postcopy-pages", "urgent-pages", "dropped-pages", "discarded-pages"])
            .Select(name => new QapiMember(name, QapiType.Int64, true)),
        new("mbps", QapiType.Number),
    ]);
}
