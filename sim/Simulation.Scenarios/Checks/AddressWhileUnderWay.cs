using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary><c>query-migrate</c> says where to connect from <c>migrate-incoming</c> to the end, and no longer (stream reference,
/// section 7.3).</summary>
public sealed class AddressWhileUnderWay : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Queries.Count > 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (QueryReply query in run.Queries)
        {
            if (query.HasAddress != (query.Status is "setup" or "active" || query.IsInPostcopy))
                return $"socket-address is {(query.HasAddress ? "there" : "absent")} at {query.TimeNanoseconds} ns, status {query.Status}";
        }

        return null;
    }
}
