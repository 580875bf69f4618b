namespace Qemu.Migration.Destination.Statistics;

/// <summary>Where the guest is while bytes arrive, by which <c>query-migrate</c> counts them apart.</summary>
internal enum TransferPhase
{
    /// <summary>It runs at the source.</summary>
    Precopy,

    /// <summary>It is stopped at the source, and has not started here.</summary>
    Downtime,

    /// <summary>It runs here.</summary>
    Postcopy,
}
