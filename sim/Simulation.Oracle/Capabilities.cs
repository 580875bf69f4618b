namespace Simulation.Oracle;

/// <summary>The capabilities that change how a stream is read.</summary>
internal sealed class Capabilities
{
    public const string IgnoreSharedName = "x-ignore-shared";
    public const string MappedRamName = "mapped-ram";

    /// <summary>The names that a CONFIGURATION section may carry: those of QEMU 10.0.2 (section 1.4).</summary>
    private static readonly string[] Known =
    [
        "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "events", "postcopy-ram", "x-colo", "release-ram",
        "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime",
        "late-block-activate", IgnoreSharedName, "validate-uuid", "background-snapshot", "zero-copy-send",
        "postcopy-preempt", "switchover-ack", "dirty-limit", MappedRamName,
    ];

    /// <param name="names">Names of the capabilities that are on.</param>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public Capabilities(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (!IsKnown(name))
                throw new ArgumentException($"unknown capability '{name}'", nameof(names));
        }

        IgnoreShared = names.Contains(IgnoreSharedName);
        MappedRam = names.Contains(MappedRamName);
        Multifd = names.Contains("multifd");
        PostcopyRam = names.Contains("postcopy-ram");
        PostcopyPreempt = names.Contains("postcopy-preempt");
        SwitchoverAck = names.Contains("switchover-ack");
    }

    public bool IgnoreShared { get; }

    public bool MappedRam { get; }

    public bool Multifd { get; }

    public bool PostcopyRam { get; }

    public bool PostcopyPreempt { get; }

    public bool SwitchoverAck { get; }

    public static bool IsKnown(string name) => Known.Contains(name);
}
