namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// Where a loop over sections stands, which decides what it takes (stream reference, section 6.3):
/// <code>
/// Main     from CONFIGURATION on      every section; PACKAGED, and no LISTEN or RUN
/// Package  inside PACKAGED            every section; LISTEN, and RUN, which ends it
/// Listen   on main, behind a package  ram and dirty-bitmap only (deviation L20); a recovery's stream is all of this kind
/// </code>
/// </summary>
internal enum SectionScope
{
    /// <summary>The main stream before a package.</summary>
    Main,

    /// <summary>The stream inside a package.</summary>
    Package,

    /// <summary>The main stream while the guest runs here.</summary>
    Listen,
}
