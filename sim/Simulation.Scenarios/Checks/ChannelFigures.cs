using Qemu.Migration.Destination;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>What multifd channels can have brought by the time of a query: they are read in any order between two meetings with
/// main.</summary>
/// <param name="Least">Pages that are certain: those up to the last meeting that main has left behind.</param>
/// <param name="Most">Pages that had been read whole.</param>
/// <param name="LeastBytes">Bytes that are certain.</param>
/// <param name="MostBytes">Bytes that had been read.</param>
/// <param name="LeastUnique">Pages received at least once by that meeting, on main or a channel.</param>
/// <param name="MetMainBytes">Bytes of main up to that meeting.</param>
internal readonly record struct ChannelFigures(
    OracleCounters Least, OracleCounters Most, long LeastBytes, long MostBytes, long LeastUnique, long MetMainBytes)
{
    /// <summary>The figures at a query.</summary>
    /// <param name="run">The run.</param>
    /// <param name="oracle">What the oracle makes of its bytes.</param>
    /// <param name="query">The query.</param>
    /// <param name="mainConsumed">Bytes of main that had been consumed by then.</param>
    public static ChannelFigures At(RunObservation run, OracleVerdict oracle, QueryReply query, long mainConsumed)
    {
        OracleMeeting? met = null;
        foreach (OracleMeeting meeting in oracle.Meetings)
        {
            // Main reads on behind the record only when they have met.
            if (meeting.MainBytes < mainConsumed)
                met = meeting;
        }

        // A channel is joined only when all it had to bring before its last meeting was read.
        bool isWhole = query.IsTerminal && run.FinalStatus == MigrationStatus.Completed && !oracle.OutcomeDependsOnTiming;
        IReadOnlyList<long> certain = isWhole ? oracle.ChannelBytesMet : met?.ChannelBytes ?? [];
        ChannelFigures sum = new(default, default, certain.Sum(), 0, met?.UniquePages ?? 0, met?.MainBytes ?? 0);
        for (int i = 0; i < run.Channels.Count; i++)
        {
            long read = query.Read.Of(run.Channels[i]);
            sum = sum with { MostBytes = sum.MostBytes + read };
            if (i >= oracle.ChannelBytesConsumed.Count)
                continue;
            sum = sum with
            {
                Least = Add(sum.Least, oracle.ChannelCountersAt(i, i < certain.Count ? certain[i] : 0)),
                Most = Add(sum.Most, oracle.ChannelCountersAt(i, Math.Min(read, oracle.ChannelBytesConsumed[i]))),
            };
        }

        return sum;
    }

    private static OracleCounters Add(OracleCounters one, OracleCounters other) => new(one.Normal + other.Normal, one.Zero + other.Zero);
}
