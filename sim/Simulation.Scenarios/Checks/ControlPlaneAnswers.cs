using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Whatever the migration does, each QMP command is read when it comes, and gets its own reply at once: later than its bytes
/// and the reply's take to travel is too late (stream reference, section 10.1, V2).</summary>
public sealed class ControlPlaneAnswers : ICheck
{
    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (MonitorSession session in run.Sessions)
        {
            foreach (MonitorExchange exchange in session.Exchanges)
            {
                if (Judge(run, exchange) is { } violation)
                    return $"{exchange} {violation}";
            }

            if (session.ReplyCount > session.Exchanges.Count)
                return $"{session.Name} got {session.ReplyCount} replies to {session.Exchanges.Count} commands";
        }

        return null;
    }

    private static string? Judge(RunObservation run, MonitorExchange exchange)
    {
        MonitorSession session = exchange.Session;
        long delay = session.DelayNanoseconds;
        if (exchange.Order < 0)
        {
            // A client that has gone may have taken its bytes with it, and a host that ends reads no more.
            long readsUntil = Math.Min(run.EndNanoseconds, run.LeavesNanoseconds ?? long.MaxValue);
            return session.LeftOrder == int.MaxValue && exchange.SentNanoseconds + delay < readsUntil ? "was not read" : null;
        }

        if (exchange.ReadNanoseconds > exchange.SentNanoseconds + delay)
            return $"was read at {exchange.ReadNanoseconds} ns";
        if (exchange.Reply is not { } reply)
        {
            bool isDue = exchange.Order < run.LeavesOrder
                && exchange.ReadNanoseconds + delay < Math.Min(session.ListenedNanoseconds, run.EndNanoseconds);
            return isDue ? "was not answered" : null;
        }

        if (reply.ArrivedNanoseconds > exchange.ReadNanoseconds + delay)
            return $"was read at {exchange.ReadNanoseconds} ns and answered at {reply.ArrivedNanoseconds} ns";
        return reply.Id == exchange.Request.Id ? null : $"has the id '{exchange.Request.Id}' and its reply '{reply.Id}'";
    }
}
