using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Qmp;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// Each QMP session hears exactly the events that belong to what happened, in that order, with the time at which it happened, and none
/// before it has negotiated: MIGRATION while <c>events</c> is on, STOP, RESUME and SHUTDOWN always. What an event says is true when it is
/// told, a reply that was given before it comes before it, and the guest has arrived before the migration says completed (stream
/// reference, section 7.2).
/// </summary>
public sealed class EventsInOrder : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Statuses.FindIndex(change => !change.ShowsFigures) is >= 0 and int status)
            return $"the status was told to be {run.Statuses[status].To} before it was";
        if (run.RunStates.FindIndex(change => !change.ShowsState) is >= 0 and int state)
            return $"the guest was told to be {run.RunStates[state].To} before it was";
        List<Told> told = TellAll(run);
        foreach (MonitorSession session in run.Sessions)
        {
            if (JudgeSession(run, session, told) is { } violation)
                return violation;
        }

        return run.End is { To: MigrationStatus.Completed } end ? JudgeArrival(run, end) : null;
    }

    // What everybody must hear, as it was while it happened.
    private static List<Told> TellAll(RunObservation run)
    {
        List<Told> told = [];
        foreach (RunStateChange change in run.RunStates)
        {
            if (change.From == RunState.Running)
                told.Add(new(change.Order, change.TimeNanoseconds, "STOP", change.StampMicroseconds));
            else if (change.To == RunState.Running)
                told.Add(new(change.Order, change.TimeNanoseconds, "RESUME", change.StampMicroseconds));
        }

        if (run.QuitMicroseconds is { } quit)
            told.Add(new(run.LeavesOrder, run.LeavesNanoseconds!.Value, "SHUTDOWN", quit));
        QmpModel model = new(run);
        int next = run.Commands.Exists(exchange => exchange.Command is MonitorCommand.SetCapabilities or MonitorCommand.SwitchEvents)
            ? 0 : run.Commands.Count;
        foreach (StatusChange change in run.Statuses)
        {
            while (next < run.Commands.Count && run.Commands[next].Order < change.Order)
                model.Take(run.Commands[next++]);
            if (model.HasEvents)
                told.Add(new(change.Order, change.TimeNanoseconds, $"MIGRATION {change.To.ToQapi()}", change.StampMicroseconds));
        }

        told.Sort((a, b) => a.Order.CompareTo(b.Order));
        return told;
    }

    private static string? JudgeSession(RunObservation run, MonitorSession session, List<Told> told)
    {
        int negotiated = session.Exchanges.Find(exchange => exchange is { Command: MonitorCommand.Negotiate, Succeeded: true })?.Order ?? int.MaxValue;
        List<Told> expected = told.FindAll(one => one.Order > negotiated);
        List<MonitorLine> heard = session.Lines.FindAll(line => line.Kind == MonitorLineKind.Event);
        int due = expected.FindLastIndex(one => IsDue(run, session, one)) + 1;
        bool fits = heard.Count >= due && heard.Count <= expected.Count
            && heard.Index().All(line => line.Item.ToString() == expected[line.Index].Text);
        if (!fits)
            return $"{session.Name} heard [{string.Join(", ", heard)}] and not [{string.Join(", ", expected.Select(one => one.Text))}]";
        for (int i = 0; i < heard.Count; i++)
        {
            if (heard[i].StampMicroseconds != expected[i].StampMicroseconds)
                return $"{session.Name} heard {heard[i]} of {heard[i].StampMicroseconds} us, and it happened at {expected[i].StampMicroseconds} us";
            if (heard[i].ArrivedNanoseconds > expected[i].TimeNanoseconds + session.DelayNanoseconds)
                return $"{session.Name} heard {heard[i]} at {heard[i].ArrivedNanoseconds} ns, and it happened at {expected[i].TimeNanoseconds} ns";
        }

        return JudgeOrder(session, expected);
    }

    private static bool IsDue(RunObservation run, MonitorSession session, Told one) =>
        one.Order <= run.LeavesOrder && one.Order < session.LeftOrder
            && one.TimeNanoseconds + session.DelayNanoseconds < Math.Min(session.ListenedNanoseconds, run.EndNanoseconds);

    // Events and replies leave in the order in which they came about: what a command causes is told before its reply.
    private static string? JudgeOrder(MonitorSession session, List<Told> expected)
    {
        int events = 0, replies = 0;
        foreach (MonitorLine line in session.Lines)
        {
            MonitorExchange? asked = replies < session.Exchanges.Count ? session.Exchanges[replies] : null;
            Told? next = events < expected.Count ? expected[events] : null;
            if (line.Kind == MonitorLineKind.Event)
            {
                if (asked is { Order: >= 0 } && next?.Order > asked.DoneOrder)
                    return $"{session.Name} heard {line} before the reply to {asked.Command}, which was given before";
                events++;
            }
            else if (line.Kind != MonitorLineKind.Greeting)
            {
                if (asked is not null && next is { } late && (late.Order < asked.Order || (late.Order < asked.DoneOrder && Causes(asked.Command, late))))
                    return $"{session.Name} got the reply to {asked.Command} before {late.Text}, which happened before";
                replies++;
            }
        }

        return null;
    }

    private static bool Causes(MonitorCommand command, Told told) => command switch
    {
        MonitorCommand.Continue => told.Text == "RESUME",
        MonitorCommand.Stop => told.Text == "STOP",
        MonitorCommand.Quit => told.Text == "SHUTDOWN",
        MonitorCommand.Begin or MonitorCommand.BeginAtTakenAddress => told.Text.StartsWith("MIGRATION", StringComparison.Ordinal),
        _ => false,
    };

    private static string? JudgeArrival(RunObservation run, StatusChange end)
    {
        List<RunStateChange> arrivals = run.RunStates.FindAll(change => change.From == RunState.InMigrate);
        if (arrivals.Count == 1)
            return arrivals[0].Order < end.Order ? null : "the guest arrived after the migration had completed";

        // A guest that was waiting to be migrated at its source goes on waiting.
        return arrivals.Count == 0 && run.Oracle?.MigratedRunState == "inmigrate"
            ? null : $"the guest arrived {arrivals.Count} times";
    }

    private readonly record struct Told(int Order, long TimeNanoseconds, string Text, long StampMicroseconds);
}
