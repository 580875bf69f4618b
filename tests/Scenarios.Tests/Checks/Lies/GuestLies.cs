using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;
using Simulation.Source.Precopy;

namespace Scenarios.Tests.Checks.Lies;

internal static class GuestLies
{
    public static IEnumerable<Doctoring> All =>
    [
        Failed("the guest of a failed migration was started", run =>
        {
            run.RunStates.Add(new(run.NextOrder(), 0, RunState.InMigrate, RunState.Running));
            return "the migration is Failed and the guest became Running";
        }),
        Failed("the guest of a failed migration is paused", run =>
        {
            run.FinalRunState = RunState.Paused;
            return "the migration is Failed and the guest Paused";
        }),
        Doctoring.Of<FailedRunNeverStartsGuest>("the guest of a migration that waits runs", Samples.NobodyComes, run =>
        {
            run.FinalRunState = RunState.Running;
            return "the migration is Setup and the guest Running";
        }),
        Arrives("a running guest does not run", Machine(null, startsPaused: false), RunState.Paused, RunState.Running),
        Arrives("a running guest runs in spite of -S", Machine(null, startsPaused: true), RunState.Running, RunState.Paused),
        Arrives("a paused guest runs", Machine("paused", startsPaused: false), RunState.Running, RunState.Paused),
        Arrives("a suspended guest runs", Machine("suspended", startsPaused: false), RunState.Running, RunState.Suspended),
        Arrives("a suspended guest sleeps on in spite of -S", Machine("suspended", startsPaused: true), RunState.Suspended, RunState.Paused),
        Arrives("a guest that was shut down waits on", Machine("shutdown", startsPaused: false), RunState.InMigrate, RunState.Shutdown),
        Commanded("stop before the arrival is forgotten", MonitorCommand.Stop, isBefore: true, RunState.Paused),
        Commanded("stop after the arrival is forgotten", MonitorCommand.Stop, isBefore: false, RunState.Paused),
        Doctoring.Of<GuestRunsAsMigrated>("cont before the arrival is forgotten", Machine(null, startsPaused: true), run =>
        {
            Command(run, MonitorCommand.Continue, isBefore: true);
            return "the guest is Paused and should be Running";
        }),
        Doctoring.Of<GuestRunsAsMigrated>("cont after the arrival is forgotten", Machine("io-error", startsPaused: false), run =>
        {
            Command(run, MonitorCommand.Continue, isBefore: false);
            return "the guest is IoError and should be Running";
        }),
        Says("a guest that runs is said to be paused", Samples.Precopy, "paused", "running"),
        Says("a guest that runs is said to wait", Samples.Precopy, "inmigrate", "running"),
        Says("a guest that waits is said to run", Samples.Reset, "running", "inmigrate"),
        Says("nothing is said of the guest", Samples.Precopy, null, "running"),
        Doctoring.Of<AtMostOneRunner>("both own the guest", Samples.Precopy, run =>
        {
            run.Source = run.Source with { Status = SourceStatus.Failed, ErrorDescription = "it was told to" };
            return "the migration is Completed and the source is Failed: it was told to";
        }),
        Doctoring.Of<AtMostOneRunner>("the source is still at it", Samples.Precopy, run =>
        {
            run.Source = run.Source with { Status = SourceStatus.Device };
            return "the migration is Completed and the source is Device";
        }),
        Doctoring.Of<AtMostOneRunner>("the guest runs here before it is stopped at the source", Samples.Precopy, run =>
        {
            run.SourceGuest[0] = run.SourceGuest[0] with { Order = run.RunStates[0].Order + 1 };
            return $"the guest ran at both ends at {run.RunStates[0].TimeNanoseconds} ns";
        }),
        Doctoring.Of<AtMostOneRunner>("the guest goes on at the source for a moment", Samples.Precopy, run =>
        {
            run.SourceGuest.Add(new(run.NextOrder(), 77, Runs: true));
            run.SourceGuest.Add(new(run.NextOrder(), 78, Runs: false));
            return "the guest ran at both ends at 77 ns";
        }),
        Doctoring.Of<AtMostOneRunner>("nobody owns the guest", Samples.Reset, run =>
        {
            run.Source = run.Source with { Status = SourceStatus.Completed };
            return "the source has given the guest away and the migration is Failed";
        }),
    ];

    private static Doctoring Failed(string lie, Func<RunObservation, string> tell) =>
        Doctoring.Of<FailedRunNeverStartsGuest>(lie, Samples.Reset, tell);

    private static Doctoring Arrives(string lie, ScenarioOptions scenario, RunState claim, RunState truth) =>
        Doctoring.Of<GuestRunsAsMigrated>(lie, scenario, run =>
        {
            run.FinalRunState = claim;
            return $"the guest is {claim} and should be {truth}";
        });

    private static Doctoring Says(string lie, ScenarioOptions scenario, string? claim, string truth) =>
        Doctoring.Of<RepliesFollowModel>(lie, scenario, run =>
        {
            MonitorExchange last = run.Commands[^1];
            string said = claim is null ? "{}" : $$"""{"status":"{{claim}}","running":false}""";
            last.Reply = last.Reply! with { Content = Encoding.UTF8.GetBytes(said) };
            string running = truth == "running" ? "true" : "false";
            return $$"""{{last}} was answered {{said}} and not {"status":"{{truth}}","running":{{running}}}""";
        });

    // The command was answered and changed nothing.
    private static Doctoring Commanded(string lie, MonitorCommand command, bool isBefore, RunState right) =>
        Doctoring.Of<GuestRunsAsMigrated>(lie, Samples.Precopy, run =>
        {
            Command(run, command, isBefore);
            return $"the guest is Running and should be {right}";
        });

    private static void Command(RunObservation run, MonitorCommand command, bool isBefore) =>
        run.Commands.Add(new()
        {
            Session = run.Sessions[0],
            Request = new(command, default) { NeededBytes = 0 },
            EndBytes = 0,
            Order = isBefore ? 0 : run.NextOrder(),
            Reply = new() { Kind = MonitorLineKind.Return },
        });

    private static ScenarioOptions Machine(string? runState, bool startsPaused) =>
        Samples.Precopy with { Machine = Samples.Precopy.Machine with { RunState = runState, StartsPaused = startsPaused } };
}
