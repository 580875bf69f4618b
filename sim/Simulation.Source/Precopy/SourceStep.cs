namespace Simulation.Source.Precopy;

/// <summary>Why the migration thread lets others run.</summary>
public enum SourceWait
{
    /// <summary>It has flushed: its pending bytes go to the main channel, then it goes on.</summary>
    Flush,

    /// <summary>It sleeps, because its bandwidth is used up.</summary>
    Time,

    /// <summary>It waits for a multifd channel to become idle.</summary>
    Channels,

    /// <summary>It waits for a message on the return path.</summary>
    ReturnPath,

    /// <summary>It waits until its preempt channel is connected, or its end is sent, see <see cref="MigrationSource.WantsPreempt"/>.</summary>
    Preempt,

    /// <summary>Postcopy is paused: it waits to be connected again, see <see cref="MigrationSource.TryBeginRecovery"/>.</summary>
    Recovery,
}

/// <summary>A point where the migration thread of a real source would block. Pending bytes are to be sent in each case.</summary>
/// <param name="Wait">What for.</param>
/// <param name="UntilNanoseconds">When to wake at the latest, where it waits for time or for the return path.</param>
public readonly record struct SourceStep(SourceWait Wait, long UntilNanoseconds = 0);
