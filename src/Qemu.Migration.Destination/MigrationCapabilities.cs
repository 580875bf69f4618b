using System.Collections.Frozen;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Destination;

/// <summary>
/// The migration capabilities of QEMU 7.2, 10.0 and 11.1 by their QAPI names, and which of them are on. Only the validatable ones
/// must be equal on both sides (stream reference, section 1.4). May be read by any task while a monitor changes it.
/// </summary>
public sealed class MigrationCapabilities
{
    // In QAPI's order, each with the releases whose query-migrate-capabilities lists it.
    private static readonly (string Name, QemuReleases Releases)[] Table =
    [
        ("xbzrle", QemuReleases.All),
        ("rdma-pin-all", QemuReleases.All),
        ("auto-converge", QemuReleases.All),
        ("zero-blocks", QemuReleases.V7_2 | QemuReleases.V10_0),
        ("compress", QemuReleases.V7_2),
        ("events", QemuReleases.All),
        ("postcopy-ram", QemuReleases.All),
        ("x-colo", QemuReleases.All),
        ("release-ram", QemuReleases.All),
        ("block", QemuReleases.V7_2),
        ("return-path", QemuReleases.All),
        ("pause-before-switchover", QemuReleases.All),
        ("multifd", QemuReleases.All),
        ("dirty-bitmaps", QemuReleases.All),
        ("postcopy-blocktime", QemuReleases.All),
        ("late-block-activate", QemuReleases.All),
        ("x-ignore-shared", QemuReleases.All),
        ("validate-uuid", QemuReleases.All),
        ("background-snapshot", QemuReleases.All),
        ("zero-copy-send", QemuReleases.All),
        ("postcopy-preempt", QemuReleases.All),
        ("switchover-ack", QemuReleases.Since10_0),
        ("dirty-limit", QemuReleases.Since10_0),
        ("mapped-ram", QemuReleases.Since10_0),
    ];

    private static readonly FrozenDictionary<string, ulong> Bits = Table.Index()
        .ToFrozenDictionary(entry => entry.Item.Name, entry => 1UL << entry.Index, StringComparer.Ordinal);

    // Each migration reads these three.
    private static readonly ulong IgnoreSharedBit = Bits["x-ignore-shared"];
    private static readonly ulong MultifdBit = Bits["multifd"];
    private static readonly ulong MappedRamBit = Bits["mapped-ram"];

    private ulong _enabled;

    /// <summary>Every capability name of all three releases, in QAPI's order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Table.Select(entry => entry.Name)];

    /// <summary>The names that a stream's <c>configuration/capabilities</c> may carry: those of QEMU 10.0, because this destination
    /// accepts the streams that QEMU 10.0 accepts.</summary>
    public static IReadOnlyList<string> StreamNames { get; } = NamesOf(QemuReleases.V10_0);

    /// <summary>The capabilities that must be equal on both sides, in the order in which a source names them.</summary>
    public static IReadOnlyList<string> Validatable { get; } = ["x-ignore-shared", "mapped-ram"];

    /// <summary>Whether a capability is on; false for an unknown name.</summary>
    /// <param name="name">Its QAPI name.</param>
    public bool this[string name] => Bits.TryGetValue(name, out ulong bit) && Has(bit);

    /// <summary><c>x-ignore-shared</c>: shared blocks are not in the stream.</summary>
    public bool IgnoreShared => Has(IgnoreSharedBit);

    /// <summary><c>multifd</c>: pages come on channels of their own.</summary>
    public bool Multifd => Has(MultifdBit);

    /// <summary><c>mapped-ram</c>: pages lie at fixed places of a file.</summary>
    public bool MappedRam => Has(MappedRamBit);

    /// <summary>The capabilities that a release of QEMU has.</summary>
    /// <param name="release">One release.</param>
    /// <returns>Their names, in QAPI's order.</returns>
    public static IReadOnlyList<string> NamesOf(QemuReleases release) =>
        [.. Table.Where(entry => entry.Releases.HasFlag(release)).Select(entry => entry.Name)];

    /// <summary>Checks that the capabilities can be used together.</summary>
    /// <param name="parameters">The parameters that they are used with.</param>
    /// <returns>QEMU's error text, or null.</returns>
    public string? FindConflict(MigrationParameters parameters) => CapabilityRules.Check(this, parameters.MultifdCompression);

    /// <summary>Switches a capability.</summary>
    /// <param name="name">Its QAPI name.</param>
    /// <param name="on">On or off.</param>
    /// <exception cref="ArgumentException">There is no such capability.</exception>
    public void Set(string name, bool on)
    {
        if (!Bits.TryGetValue(name, out ulong bit))
            throw new ArgumentException($"there is no migration capability '{name}'", nameof(name));
        Volatile.Write(ref _enabled, on ? _enabled | bit : _enabled & ~bit);
    }

    /// <summary>Copies the capabilities, for a migration that must not see later changes.</summary>
    /// <returns>An independent copy.</returns>
    public MigrationCapabilities Copy() => new() { _enabled = Volatile.Read(ref _enabled) };

    /// <summary>Becomes equal to other capabilities, all in one step.</summary>
    /// <param name="other">What to be equal to.</param>
    public void Assign(MigrationCapabilities other) => Volatile.Write(ref _enabled, Volatile.Read(ref other._enabled));

    private bool Has(ulong bit) => (Volatile.Read(ref _enabled) & bit) != 0;
}
