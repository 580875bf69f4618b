namespace Qemu.Migration.Destination.Session;

/// <summary>How long and how often a peer can make a migration wait before it begins. What is refused at a limit is reported by
/// <see cref="Hosting.MigrationTrace.ConnectionRefused"/>.</summary>
/// <remarks>There is no limit while the migration is active: a source may pause before the switchover for as long as its operator
/// likes.</remarks>
public sealed record SessionLimits
{
    /// <summary>The limits that a session has where nobody says anything else.</summary>
    public static SessionLimits Default { get; } = new();

    /// <summary>Connections at a time. More than any source opens: 255 multifd channels, main and preempt. When there are so many, the
    /// oldest one that has not said what it is makes room.</summary>
    public int Connections { get; init; } = 512;

    /// <summary>How long a connection may take to say what it is: its first 4 bytes, of a multifd channel its first 64.</summary>
    public TimeSpan Introduction { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a main channel may wait for its multifd channels, and a multifd channel for its main channel; how long a source
    /// that is connected again may take to resume.</summary>
    public TimeSpan AllChannels { get; init; } = TimeSpan.FromSeconds(60);
}
