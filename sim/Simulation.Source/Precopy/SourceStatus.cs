namespace Simulation.Source.Precopy;

/// <summary>MigrationStatus as far as a precopy source goes through it (stream reference, section 7.1).</summary>
public enum SourceStatus
{
    /// <summary>MIGRATION_STATUS_NONE: not started.</summary>
    None,

    /// <summary>MIGRATION_STATUS_SETUP: started, nothing sent.</summary>
    Setup,

    /// <summary>MIGRATION_STATUS_ACTIVE: pages are sent while the guest runs.</summary>
    Active,

    /// <summary>MIGRATION_STATUS_DEVICE: the guest is stopped, the rest is sent.</summary>
    Device,

    /// <summary>MIGRATION_STATUS_COMPLETED: the destination has everything, and said so where there is a return path.</summary>
    Completed,

    /// <summary>MIGRATION_STATUS_FAILED.</summary>
    Failed,
}
