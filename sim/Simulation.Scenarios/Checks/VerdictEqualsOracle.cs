using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>The destination accepts what the oracle accepts, of the very bytes that it has read, and fails where and for what the oracle
/// says it must: a connection that breaks counts as one that ends.</summary>
public sealed class VerdictEqualsOracle : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Oracle is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle)
            return null;
        if (oracle.OutcomeDependsOnTiming && run.FinalStatus.IsTerminal())
            return JudgeLateFailure(run, oracle);
        if (oracle.Outcome != OracleOutcome.Failed && IsBrokenChannel(run))
            return null;
        if (run.FinalStatus == MigrationStatus.PostcopyPaused && oracle is { Outcome: OracleOutcome.Pending, Postcopy.HasRun: true })
            return null;
        // It is waited for, for some time.
        bool mayMiss = oracle.WaitingForConnection == OracleFault.PreemptConnection || (run.IsCut && oracle.Postcopy is { HasRun: false });
        if (mayMiss && run.Error?.Code == StreamErrorCode.PreemptChannelMissing)
            return null;
        return oracle.Outcome switch
        {
            OracleOutcome.Paused when run.FinalStatus != MigrationStatus.PostcopyPaused =>
                $"the migration is {run.FinalStatus} in spite of {oracle.Fault}",
            OracleOutcome.Accepted when run.FinalStatus != MigrationStatus.Completed =>
                $"the stream is good and the migration is {run.FinalStatus}: {run.Error}",
            OracleOutcome.Pending when run.FinalStatus.IsTerminal() =>
                $"the stream is good so far and the migration is {run.FinalStatus}: {run.Error}",
            OracleOutcome.Failed when run.FinalStatus != MigrationStatus.Failed =>
                $"the migration is {run.FinalStatus} in spite of {oracle.Fault}",
            OracleOutcome.Failed => JudgeError(run, oracle),
            _ => null,
        };
    }

    // What is wrong behind the last meeting may be noticed or not. A channel that has left before anybody stopped it has noticed (L3).
    private static string? JudgeLateFailure(RunObservation run, OracleVerdict oracle)
    {
        if (run.FinalStatus != MigrationStatus.Completed)
            return IsBrokenChannel(run) ? null : JudgeError(run, oracle);
        foreach (OracleFault fault in oracle.Faults)
        {
            if (fault.Connection > 0 && run.Channels[fault.Connection - 1] is { LeftByItself: true } channel)
                return $"the migration is {run.FinalStatus} though '{channel.Name}' had failed before its end: {fault}";
        }

        return null;
    }

    // The oracle sees a channel that ended between two packets; the destination sees that it was reset, and need not wait for more.
    private static bool IsBrokenChannel(RunObservation run) => run.FinalStatus == MigrationStatus.Failed
        && run.Error is { Code: StreamErrorCode.ChannelFailed, Channel: not "main" }
        && run.Channels.Exists(channel => channel.HasFailed);

    private static string? JudgeError(RunObservation run, OracleVerdict oracle)
    {
        if (run.Error is not { } error)
            return "the migration failed without saying why";
        foreach (OracleFault fault in oracle.Faults)
        {
            if (FaultNames.Fits(fault, error))
                return null;
        }

        return $"the migration failed for '{error}' and should have for {string.Join(" or ", oracle.Faults)}";
    }
}
