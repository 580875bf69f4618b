using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Checks.Lies;

internal static class EventLies
{
    private const string Truth = "MIGRATION setup, MIGRATION active, RESUME, MIGRATION completed";

    private static readonly ScenarioOptions WithoutEvents =
        Samples.Precopy with { Migration = Samples.Precopy.Migration with { Events = false } };

    public static IEnumerable<Doctoring> All =>
    [
        Lie("an event was lost", events => events.RemoveAt(1), "MIGRATION setup, RESUME, MIGRATION completed"),
        Lie("the last event was lost", events => events.RemoveAt(3), "MIGRATION setup, MIGRATION active, RESUME"),
        Lie("RESUME was lost", events => events.RemoveAt(2), "MIGRATION setup, MIGRATION active, MIGRATION completed"),
        Lie("an event came twice", events => events.Add(events[3]), $"{Truth}, MIGRATION completed"),
        Lie("an event belongs to nothing", events => events.Add(new(0, 0, "STOP", null)), $"{Truth}, STOP"),
        Lie("two events changed places", events => (events[2], events[3]) = (events[3], events[2]),
            "MIGRATION setup, MIGRATION active, MIGRATION completed, RESUME"),
        Lie("an event names another status", events => events[3] = events[3] with { Status = "failed" },
            "MIGRATION setup, MIGRATION active, RESUME, MIGRATION failed"),
        Doctoring.Of<EventsInOrder>("an event came though events are off", WithoutEvents, run =>
        {
            run.Events.Insert(0, new(0, 0, "MIGRATION", "setup"));
            return "the monitor heard [MIGRATION setup, RESUME] and not [RESUME]";
        }),
        Doctoring.Of<EventsInOrder>("the guest arrived after the end", WithoutEvents, run =>
        {
            run.RunStates[0] = run.RunStates[0] with { Order = run.End!.Value.Order + 1 };
            return "the guest arrived after the migration had completed";
        }),
        Doctoring.Of<EventsInOrder>("the guest never arrived", Samples.Precopy, run =>
        {
            run.RunStates.Clear();
            run.Events.RemoveAll(heard => heard.Name == "RESUME");
            return "the guest arrived 0 times";
        }),
        Doctoring.Of<EventsInOrder>("the guest arrived twice", Samples.Precopy, run =>
        {
            run.RunStates.Add(new(run.NextOrder(), 0, RunState.InMigrate, RunState.Paused));
            return "the guest arrived 2 times";
        }),
    ];

    private static Doctoring Lie(string lie, Action<List<MonitorEvent>> change, string heard) =>
        Doctoring.Of<EventsInOrder>(lie, Samples.Precopy, run =>
        {
            change(run.Events);
            return $"the monitor heard [{heard}] and not [{Truth}]";
        });
}
