using Qemu.Migration.Destination;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class EndLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Doctoring.Of<DestinationNeverThrows>("something was thrown", Samples.Precopy, run =>
        {
            run.Thrown = "InvariantException: a migration ends once";
            return "the destination threw InvariantException: a migration ends once";
        }),
        Outcome(RunOutcome.VirtualTimeExhausted),
        Outcome(RunOutcome.StepsExhausted),
        Outcome(RunOutcome.Deadlock),
        Doctoring.Of<EveryRunEnds>("the migration stays active", Samples.Precopy, run => Stay(run, MigrationStatus.Active)),
        Doctoring.Of<EveryRunEnds>("the migration stays in setup with all it needs", Samples.Precopy, run => Stay(run, MigrationStatus.Setup)),
        Doctoring.Of<EveryRunEnds>("the migration was never begun", Samples.Precopy, run => Stay(run, MigrationStatus.None)),
        Doctoring.Of<EveryRunEnds>("the migration waits for a main channel that it has", Samples.NobodyComes, run =>
        {
            run.Recognize(run.Streams[0], ConnectionRole.Main);
            return "the migration is Setup for ever";
        }),
        Doctoring.Of<EveryRunEnds>("the migration waits for a multifd channel that it has", Samples.ChannelNeverComes, run =>
        {
            run.Channels.Add(run.Streams[0]);
            return "the migration is Setup for ever";
        }),
        Doctoring.Of<EveryRunEnds>("the source never comes to an end", Samples.Precopy, run =>
        {
            run.SourceIsDone = false;
            return "the migration is Completed and the source Completed for ever";
        }),
        Doctoring.Of<EveryRunEnds>("a connection is served for ever", Samples.Multifd, run =>
        {
            run.Channels[1].IsDone = false;
            return $"the migration is Completed and connection '{run.Channels[1].Name}' is served for ever";
        }),
    ];

    private static Doctoring Outcome(RunOutcome outcome) => Doctoring.Of<EveryRunEnds>($"the run ended as {outcome}", Samples.Precopy, run =>
    {
        run.Report = run.Report! with { Outcome = outcome };
        return $"the run did not end: {outcome} at {run.Report.VirtualNanoseconds} ns after {run.Report.Steps} steps";
    });

    private static string Stay(RunObservation run, MigrationStatus status)
    {
        run.FinalStatus = status;
        return $"the migration is {status} for ever";
    }
}
