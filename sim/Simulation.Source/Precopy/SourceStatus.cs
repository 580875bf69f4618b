namespace Simulation.Source.Precopy;

/// <summary>MigrationStatus as far as a source goes through it (stream reference, section 7.1).</summary>
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

    /// <summary>MIGRATION_STATUS_POSTCOPY_DEVICE, since QEMU 10.2: the guest's state is sent, the destination has not loaded it yet.</summary>
    PostcopyDevice,

    /// <summary>MIGRATION_STATUS_POSTCOPY_ACTIVE: the guest runs at the destination, its pages follow.</summary>
    PostcopyActive,

    /// <summary>MIGRATION_STATUS_POSTCOPY_PAUSED: a connection was lost; the guest runs at the destination with what it has.</summary>
    PostcopyPaused,

    /// <summary>MIGRATION_STATUS_POSTCOPY_RECOVER_SETUP: told to recover, not connected.</summary>
    PostcopyRecoverSetup,

    /// <summary>MIGRATION_STATUS_POSTCOPY_RECOVER: connected again, both sides find out what is missing.</summary>
    PostcopyRecover,

    /// <summary>MIGRATION_STATUS_COMPLETED: the destination has everything, and said so where there is a return path.</summary>
    Completed,

    /// <summary>MIGRATION_STATUS_FAILED.</summary>
    Failed,
}
