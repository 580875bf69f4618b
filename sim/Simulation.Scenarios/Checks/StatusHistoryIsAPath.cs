using Qemu.Migration.Destination;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// The incoming state goes along the edges of the state graph (stream reference, section 7.1) and ends at most once; the monitor sees
/// the same state at the same moment.
/// </summary>
public sealed class StatusHistoryIsAPath : ICheck
{
    private const int InPostcopy = 3;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        MigrationStatus at = MigrationStatus.None;
        foreach (StatusChange change in run.Statuses)
        {
            if (change.From != at)
                return $"at {change.TimeNanoseconds} ns the state was left as {change.From} and had been entered as {at}";
            if (!IsEdge(change.From, change.To))
                return $"at {change.TimeNanoseconds} ns the state went from {change.From} to {change.To}";
            at = change.To;
        }

        if (at != run.FinalStatus)
            return $"the state is {run.FinalStatus} in the end and was last entered as {at}";

        // A guest that runs here has come in postcopy, and nobody says so of another.
        bool said = run.Statuses.Exists(change => change.To == MigrationStatus.PostcopyActive);
        return run.Oracle?.Postcopy is { HasRun: true } && !said ? "the guest runs here and the state never was PostcopyActive"
            : run.Oracle is { Postcopy: null or { ListenedAt: null } } && said ? "the state was PostcopyActive and LISTEN never came"
            : JudgeQueries(run);
    }

    /// <summary>Whether the state graph has an edge.</summary>
    /// <param name="from">The status before.</param>
    /// <param name="to">The status after.</param>
    internal static bool IsEdge(MigrationStatus from, MigrationStatus to) => (from, to) switch
    {
        (MigrationStatus.None, MigrationStatus.Setup) => true,
        (MigrationStatus.Setup, MigrationStatus.None or MigrationStatus.Active or MigrationStatus.Failed) => true,
        (MigrationStatus.Active, MigrationStatus.Completed or MigrationStatus.Failed or MigrationStatus.PostcopyActive) => true,
        (MigrationStatus.PostcopyActive, MigrationStatus.Completed or MigrationStatus.Failed or MigrationStatus.PostcopyPaused) => true,
        (MigrationStatus.PostcopyPaused, MigrationStatus.PostcopyRecover) => true,
        (MigrationStatus.PostcopyRecover, MigrationStatus.PostcopyActive or MigrationStatus.PostcopyPaused) => true,
        _ => false,
    };

    private static string? JudgeQueries(RunObservation run)
    {
        string? last = null;
        foreach (QueryReply query in run.Queries)
        {
            bool goesOn = query.Status == last || Rank(query.Status) > Rank(last) || (Rank(last) == InPostcopy && Rank(query.Status) == InPostcopy);
            if (!goesOn)
                return $"query-migrate said '{query.Status}' at {query.TimeNanoseconds} ns, after '{last}'";
            last = query.Status;
            MigrationStatus now = StatusAt(run, query.Order);
            if (query.Status != (now == MigrationStatus.None ? null : now.ToQapi()))
                return $"query-migrate said '{query.Status}' at {query.TimeNanoseconds} ns, when the state was {now}";
        }

        return null;
    }

    private static MigrationStatus StatusAt(RunObservation run, int order)
    {
        MigrationStatus at = MigrationStatus.None;
        foreach (StatusChange change in run.Statuses)
        {
            if (change.Order < order)
                at = change.To;
        }

        return at;
    }

    private static int Rank(string? status) => status switch
    {
        null => 0,
        "setup" => 1,
        "active" => 2,
        "postcopy-active" or "postcopy-paused" or "postcopy-recover" => InPostcopy,
        "completed" or "failed" => 4,
        _ => -1,
    };
}
