using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Scenarios.Tests.Checks.Lies;

internal static class VerdictLies
{
    private static readonly StreamError Other = new(StreamErrorCode.XbzrleDecodeError, 60_000, $"a delta that is none");

    public static IEnumerable<Doctoring> All =>
    [
        Lie("a good stream was refused", Samples.Precopy, run =>
        {
            (run.FinalStatus, run.Error) = (MigrationStatus.Failed, Other);
            return $"the stream is good and the migration is Failed: {Other}";
        }),
        Lie("a good stream was never read to its end", Samples.Precopy, run =>
        {
            run.FinalStatus = MigrationStatus.Active;
            return "the stream is good and the migration is Active";
        }),
        Lie("a migration failed before its first channel", Samples.NobodyComes, run =>
        {
            (run.FinalStatus, run.Error) = (MigrationStatus.Failed, Other);
            return $"the stream is good so far and the migration is Failed: {Other}";
        }),
        Lie("a migration completed before its first channel", Samples.NobodyComes, run =>
        {
            run.FinalStatus = MigrationStatus.Completed;
            return "the stream is good so far and the migration is Completed";
        }),
        Lie("a stream that is cut off was accepted", Samples.Reset, run =>
        {
            run.FinalStatus = MigrationStatus.Completed;
            return $"the migration is Completed in spite of {run.Oracle!.Fault}";
        }),
        Lie("a stream that is cut off is waited for", Samples.Reset, run =>
        {
            run.FinalStatus = MigrationStatus.Active;
            return $"the migration is Active in spite of {run.Oracle!.Fault}";
        }),
        Lie("a file ends inside its pages and is missed behind them", Samples.MappedRam with
        {
            Faults = [new() { Kind = FaultKind.Truncate, Connection = "main", OffsetBytes = 1_100_000 }],
        }, run => Blame(run, new(StreamErrorCode.Truncated, 1_200_000, $"the stream ends"))),
        Lie("a migration failed for no reason", Samples.Reset, run =>
        {
            run.Error = null;
            return "the migration failed without saying why";
        }),
        Lie("a migration failed for another reason", Samples.Reset, run => Blame(run, Other)),
        Lie("another channel is blamed", Samples.Deviant, run => Blame(run, run.Error!.WithChannel("multifd 0", block: null))),
        Lie("bytes are blamed that were good", Samples.Deviant, run =>
            Blame(run, new(run.Error!.Code, run.Oracle!.Fault!.RecordOffset - 1, $"something before"))),
        Lie("bytes are blamed that come later", Samples.Deviant, run =>
            Blame(run, new(run.Error!.Code, run.Oracle!.Fault!.FieldOffset + 1, $"something behind"))),
        Lie("a cut is said to be where it is not", Samples.Truncated, run =>
            Blame(run, new(StreamErrorCode.Truncated, run.Oracle!.Fault!.FieldOffset - 1, $"the stream ends"))),
        Lie("a wrong field is found where the stream was cut", Samples.Truncated, run =>
            Blame(run, new(StreamErrorCode.UnknownSectionType, run.Oracle!.Fault!.FieldOffset, $"the unknown section type 5"))),
        Doctoring.Of<FailureIsNoEnd>("a reset is said to be an end", Samples.Reset, run =>
        {
            run.Error = new(StreamErrorCode.Truncated, 60_000, $"the stream ends");
            return $"the connection broke after {run.Main!.Count} bytes and the error is '{run.Error}'";
        }),
        Doctoring.Of<FailureIsNoEnd>("an end is said to be a reset", Samples.Truncated, run =>
        {
            run.Error = new(StreamErrorCode.ChannelFailed, 60_000, $"the channel failed");
            return $"the connection ended after {run.Main!.Count} bytes without a failure and the error is '{run.Error}'";
        }),
    ];

    private static Doctoring Lie(string lie, ScenarioOptions scenario, Func<RunObservation, string> tell) =>
        Doctoring.Of<VerdictEqualsOracle>(lie, scenario, tell);

    private static string Blame(RunObservation run, StreamError error)
    {
        run.Error = error;
        return $"the migration failed for '{error}' and should have for {run.Oracle!.Fault}";
    }
}
