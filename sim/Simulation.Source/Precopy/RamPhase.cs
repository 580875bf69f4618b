namespace Simulation.Source.Precopy;

/// <summary>When a RAM record is sent: <c>query-migrate</c> counts the bytes of the records by it.</summary>
internal enum RamPhase
{
    /// <summary>While the guest runs at the source (<c>precopy-bytes</c>).</summary>
    Precopy,

    /// <summary>While the guest runs nowhere (<c>downtime-bytes</c>).</summary>
    Downtime,

    /// <summary>While the guest runs at the destination (<c>postcopy-bytes</c>).</summary>
    Postcopy,
}
