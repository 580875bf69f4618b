using System.Collections.Frozen;

namespace Qemu.Migration.Destination;

/// <summary>
/// The migration capabilities of QEMU 10 and 11 by their QAPI names, and which of them are on. All are accepted in
/// <c>configuration/capabilities</c>; only the validatable ones must be equal on both sides (stream reference, section 1.4).
/// May be read by any task while a monitor changes it.
/// </summary>
public sealed class MigrationCapabilities
{
    private static readonly string[] AllNames =
    [
        "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "events", "postcopy-ram", "x-colo", "release-ram",
        "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate",
        "x-ignore-shared", "validate-uuid", "background-snapshot", "zero-copy-send", "postcopy-preempt", "switchover-ack",
        "dirty-limit", "mapped-ram",
    ];

    private static readonly FrozenDictionary<string, ulong> Bits =
        AllNames.Index().ToFrozenDictionary(name => name.Item, name => 1UL << name.Index, StringComparer.Ordinal);

    // Every migration asks for these three.
    private static readonly ulong IgnoreSharedBit = Bits["x-ignore-shared"];
    private static readonly ulong MultifdBit = Bits["multifd"];
    private static readonly ulong MappedRamBit = Bits["mapped-ram"];

    private ulong _enabled;

    /// <summary>Every capability name, in QAPI's order.</summary>
    public static IReadOnlyList<string> Names => AllNames;

    /// <summary>The capabilities that must be equal on both sides, in the order in which a source names them.</summary>
    public static IReadOnlyList<string> Validatable { get; } = ["x-ignore-shared", "mapped-ram"];

    /// <summary>Whether a capability is on; false for a name that is none.</summary>
    /// <param name="name">Its QAPI name.</param>
    public bool this[string name] => Bits.TryGetValue(name, out ulong bit) && Has(bit);

    /// <summary><c>x-ignore-shared</c>: shared blocks are not in the stream.</summary>
    public bool IgnoreShared => Has(IgnoreSharedBit);

    /// <summary><c>multifd</c>: pages come on channels of their own.</summary>
    public bool Multifd => Has(MultifdBit);

    /// <summary><c>mapped-ram</c>: pages lie at fixed places of a file.</summary>
    public bool MappedRam => Has(MappedRamBit);

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

    /// <summary>A copy with a life of its own: what is switched later does not reach it.</summary>
    /// <returns>The copy.</returns>
    public MigrationCapabilities Copy() => new() { _enabled = Volatile.Read(ref _enabled) };

    /// <summary>Becomes equal to other capabilities, all in one step.</summary>
    /// <param name="other">What to be equal to.</param>
    public void Assign(MigrationCapabilities other) => Volatile.Write(ref _enabled, Volatile.Read(ref other._enabled));

    private bool Has(ulong bit) => (Volatile.Read(ref _enabled) & bit) != 0;
}
