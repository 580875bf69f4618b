namespace Qemu.Migration.Destination;

/// <summary>
/// The states of an incoming migration that this destination reaches (stream reference, section 7.1), QAPI <c>MigrationStatus</c>:
/// <code>
/// none --migrate-incoming--> setup --all channels present--> active --load ok----> completed
///   ^                          |                                |
///   +-- transport not opened --+ (deviation L10)                +----load error--> failed &lt;------------------------------+
///                                                               |                                                      |
///                                                               +-- LISTEN --> postcopy-active ---- error before RUN --+
///                                                                                |         ^  |
///                                                     connection lost behind RUN |  RESUME |  +-- all pages there --> completed
///                                                                                v         |
///                            postcopy-recover &lt;-- a source connects -- postcopy-paused     |
///                                 | |                                       ^              |
///                                 | +------------ connection lost ----------+              |
///                                 +--------------------------------------------------------+
/// </code>
/// As in QEMU 10.0: newer ones have <c>postcopy-device</c> between LISTEN and RUN.
/// </summary>
public enum MigrationStatus
{
    /// <summary>MIGRATION_STATUS_NONE: no migration was asked for.</summary>
    None,

    /// <summary>MIGRATION_STATUS_SETUP: listening, or waiting for the rest of the channels.</summary>
    Setup,

    /// <summary>MIGRATION_STATUS_ACTIVE: loading.</summary>
    Active,

    /// <summary>MIGRATION_STATUS_POSTCOPY_ACTIVE: the guest is here or about to start here, and the source sends the rest of its pages.</summary>
    PostcopyActive,

    /// <summary>MIGRATION_STATUS_POSTCOPY_PAUSED: the guest runs here, and the source that has the rest of its pages is not connected.</summary>
    PostcopyPaused,

    /// <summary>MIGRATION_STATUS_POSTCOPY_RECOVER: the source is connected again, and asks which pages are here.</summary>
    PostcopyRecover,

    /// <summary>MIGRATION_STATUS_COMPLETED: everything loaded, the guest has the run state it should have.</summary>
    Completed,

    /// <summary>MIGRATION_STATUS_FAILED: the guest was not started and never will be.</summary>
    Failed,
}

/// <summary>Names and classes of <see cref="MigrationStatus"/>.</summary>
public static class MigrationStatusNames
{
    /// <summary>The QAPI name.</summary>
    /// <param name="status">The state.</param>
    /// <returns>The name, as <c>query-migrate</c> has it.</returns>
    public static string ToQapi(this MigrationStatus status) => status switch
    {
        MigrationStatus.None => "none",
        MigrationStatus.Setup => "setup",
        MigrationStatus.Active => "active",
        MigrationStatus.PostcopyActive => "postcopy-active",
        MigrationStatus.PostcopyPaused => "postcopy-paused",
        MigrationStatus.PostcopyRecover => "postcopy-recover",
        MigrationStatus.Completed => "completed",
        MigrationStatus.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    /// <summary>Whether nothing follows.</summary>
    /// <param name="status">The state.</param>
    /// <returns>True for completed and failed.</returns>
    public static bool IsTerminal(this MigrationStatus status) =>
        status is MigrationStatus.Completed or MigrationStatus.Failed;
}
