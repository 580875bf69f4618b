namespace Simulation.PlantedBugs.Trials;

/// <summary>A bug that only some schedules show, and the model in which they do.</summary>
/// <param name="Bug">The bug's id.</param>
/// <param name="Model">The model's name.</param>
/// <param name="OnlyCoyote">Whether it lies between two locks, where our own scheduler has no point.</param>
public sealed record BugInModel(string Bug, string Model, bool OnlyCoyote = false)
{
    /// <summary>Whether a host can show it.</summary>
    /// <param name="host">The host's name on the command line.</param>
    /// <returns>Whether to look for it there.</returns>
    public bool ShowsIn(string host) => !OnlyCoyote || host == "coyote";
}

/// <summary>The bugs that searches for schedules are measured by: every way in which tasks of the destination can get in each other's
/// way that is known of such code.</summary>
public static class BugsInModels
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BugInModel> All { get; } =
    [
        new("completed-before-total-time", "multifd"),
        new("figures-gone-during-teardown", "multifd"),
        new("pages-lost-between-channels", "multifd"),
        new("sync-waits-for-one-channel-only", "multifd"),
        new("sync-loses-the-wake-up", "multifd"),
        new("sync-arrivals-not-reset", "multifd"),
        new("locks-in-another-order", "multifd"),
        new("stop-does-not-join", "failing-main"),
        new("pages-arrive-after-completion", "failing-main"),
        new("stop-leaves-parked-channels", "failing-main"),
        new("sync-not-woken-by-failure", "broken-channel"),
        new("sync-not-woken-by-goodbye", "ended-channel"),
        new("channel-gone-before-it-failed", "broken-channel"),
        new("failed-channels-not-stopped", "early-failure"),
        new("late-connection-fails-the-migration", "listener"),
        new("next-source-gets-the-dead-ones-channels", "second-source"),
        new("guest-starts-after-completion", "monitor"),
        new("guest-runs-in-its-own-time", "postcopy-bad-record"),
        new("page-comes-between-request-and-wait", "postcopy"),
        new("request-of-a-lost-connection-counts", "postcopy-cut"),
        new("completes-though-its-source-is-lost", "postcopy-pause"),
        new("preempt-closed-before-the-last-page", "postcopy-preempt"),
        new("second-loss-is-no-pause", "postcopy-cut"),
        new("failure-before-run-is-a-pause", "postcopy-no-run"),
        new("stop-beside-the-arrival-lost", "monitor", OnlyCoyote: true),
        new("resume-told-while-paused", "monitor", OnlyCoyote: true),
    ];
}
