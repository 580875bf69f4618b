namespace Qemu.Migration.Destination;

/// <summary>
/// The migration capabilities of QEMU 10 and 11 by their QAPI names, and which of them are on. All are accepted in
/// <c>configuration/capabilities</c>; only the validatable ones must be equal on both sides (stream reference, section 1.4).
/// </summary>
public sealed class MigrationCapabilities
{
    private readonly SortedSet<string> _enabled = new(StringComparer.Ordinal);

    /// <summary>Every capability name, in QAPI's order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "events", "postcopy-ram", "x-colo", "release-ram",
        "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate",
        "x-ignore-shared", "validate-uuid", "background-snapshot", "zero-copy-send", "postcopy-preempt", "switchover-ack",
        "dirty-limit", "mapped-ram",
    ];

    /// <summary>The capabilities that must be equal on both sides, in the order in which a source names them.</summary>
    public static IReadOnlyList<string> Validatable { get; } = ["x-ignore-shared", "mapped-ram"];

    /// <summary>Whether a capability is on.</summary>
    /// <param name="name">Its QAPI name.</param>
    public bool this[string name] => _enabled.Contains(name);

    /// <summary><c>x-ignore-shared</c>: shared blocks are not in the stream.</summary>
    public bool IgnoreShared => this["x-ignore-shared"];

    /// <summary>Switches a capability.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <param name="on">On or off.</param>
    /// <exception cref="ArgumentException">There is no such capability.</exception>
    public void Set(string name, bool on)
    {
        if (!Names.Contains(name, StringComparer.Ordinal))
            throw new ArgumentException($"there is no migration capability '{name}'", nameof(name));
        if (on)
            _enabled.Add(name);
        else
            _enabled.Remove(name);
    }
}
