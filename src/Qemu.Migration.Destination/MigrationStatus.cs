namespace Qemu.Migration.Destination;

/// <summary>
/// The states of an incoming migration that this destination reaches (stream reference, section 7.1), QAPI <c>MigrationStatus</c>:
/// <code>
/// none --migrate-incoming--> setup --all channels present--> active --load ok----> completed
///   ^                          |                                |
///   +-- transport not opened --+ (deviation L10)                +----load error--> failed
/// </code>
/// </summary>
public enum MigrationStatus
{
    /// <summary>MIGRATION_STATUS_NONE: no migration was asked for.</summary>
    None,

    /// <summary>MIGRATION_STATUS_SETUP: listening, or waiting for the rest of the channels.</summary>
    Setup,

    /// <summary>MIGRATION_STATUS_ACTIVE: loading.</summary>
    Active,

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
    /// <returns>The name: <c>none</c>, <c>setup</c>, <c>active</c>, <c>completed</c> or <c>failed</c>.</returns>
    public static string ToQapi(this MigrationStatus status) => status switch
    {
        MigrationStatus.None => "none",
        MigrationStatus.Setup => "setup",
        MigrationStatus.Active => "active",
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
