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
        Lie("an event belongs to nothing", events => events.Add(new() { Kind = MonitorLineKind.Event, Event = "STOP" }), $"{Truth}, STOP"),
        Lie("two events changed places", events => (events[2], events[3]) = (events[3], events[2]),
            "MIGRATION setup, MIGRATION active, MIGRATION completed, RESUME"),
        Lie("an event names another status", events => events[3] = events[3] with { Status = "failed" },
            "MIGRATION setup, MIGRATION active, RESUME, MIGRATION failed"),
        OfOne("an event has another time", line => line with { StampMicroseconds = 7 },
            line => $"of 7 us, and it happened at {line.StampMicroseconds} us"),
        OfOne("an event came late", line => line with { ArrivedNanoseconds = line.ArrivedNanoseconds + 1 },
            line => $"at {line.ArrivedNanoseconds + 1} ns, and it happened at {line.ArrivedNanoseconds} ns"),
        Doctoring.Of<EventsInOrder>("an event came before the reply that was given before it", Samples.Precopy, run =>
        {
            List<MonitorLine> lines = run.Sessions[0].Lines;
            int index = lines.FindIndex(line => line.Event == "RESUME");
            int reply = lines.FindLastIndex(index, line => line.Kind == MonitorLineKind.Return);
            (lines[index], lines[reply]) = (lines[reply], lines[index]);
            return "qmp/0 heard RESUME before the reply to QueryMigrate, which was given before";
        }),
        Doctoring.Of<EventsInOrder>("a reply came before an event that happened before it", Samples.Precopy, run =>
        {
            List<MonitorLine> lines = run.Sessions[0].Lines;
            int index = lines.FindIndex(line => line.Event is not null);
            while (lines[index].Event is null || lines[index + 1].Event is not null)
                index++;
            int replies = lines[..index].Count(line => line.Kind is MonitorLineKind.Return or MonitorLineKind.Error);
            (lines[index], lines[index + 1]) = (lines[index + 1], lines[index]);
            MonitorCommand command = run.Sessions[0].Exchanges[replies].Command;
            return $"qmp/0 got the reply to {command} before {lines[index + 1]}, which happened before";
        }),
        Doctoring.Of<EventsInOrder>("an event was told before it was true", Samples.Precopy, run =>
        {
            run.RunStates[0] = run.RunStates[0] with { ShowsState = false };
            return "the guest was told to be Running before it was";
        }),
        Doctoring.Of<EventsInOrder>("a session heard events before it negotiated", Samples.Precopy, run =>
        {
            MonitorExchange negotiation = run.Sessions[0].Exchanges[0];
            negotiation.Reply = negotiation.Reply! with { Kind = MonitorLineKind.Error };
            return $"qmp/0 heard [{Truth}] and not []";
        }),
        Doctoring.Of<EventsInOrder>("an event came though events are off", WithoutEvents, run =>
        {
            run.Sessions[0].Lines.Insert(0, new() { Kind = MonitorLineKind.Event, Event = "MIGRATION", Status = "setup" });
            return "qmp/0 heard [MIGRATION setup, RESUME] and not [RESUME]";
        }),
        Doctoring.Of<EventsInOrder>("the guest arrived after the end", WithoutEvents, run =>
        {
            run.RunStates[0] = run.RunStates[0] with { Order = run.End!.Value.Order + 1 };
            return "the guest arrived after the migration had completed";
        }),
        Doctoring.Of<EventsInOrder>("the guest never arrived", Samples.Precopy, run =>
        {
            run.RunStates.Clear();
            run.Sessions[0].Lines.RemoveAll(heard => heard.Event == "RESUME");
            return "the guest arrived 0 times";
        }),
        Doctoring.Of<EventsInOrder>("the guest arrived twice", Samples.Precopy, run =>
        {
            run.RunStates.Add(new(run.NextOrder(), 0, RunState.InMigrate, RunState.Paused));
            return "the guest arrived 2 times";
        }),
    ];

    private static Doctoring Lie(string lie, Action<List<MonitorLine>> change, string heard) =>
        Doctoring.Of<EventsInOrder>(lie, Samples.Precopy, run =>
        {
            List<MonitorLine> lines = run.Sessions[0].Lines;
            List<MonitorLine> events = lines.FindAll(line => line.Kind == MonitorLineKind.Event);
            lines.RemoveAll(line => line.Kind == MonitorLineKind.Event);
            change(events);
            lines.AddRange(events);
            return $"qmp/0 heard [{heard}] and not [{Truth}]";
        });

    private static Doctoring OfOne(string lie, Func<MonitorLine, MonitorLine> change, Func<MonitorLine, string> expected) =>
        Doctoring.Of<EventsInOrder>(lie, Samples.Precopy, run =>
        {
            List<MonitorLine> lines = run.Sessions[0].Lines;
            int index = lines.FindIndex(line => line.Event == "RESUME");
            MonitorLine truth = lines[index];
            lines[index] = change(truth);
            return $"qmp/0 heard RESUME {expected(truth)}";
        });
}
