using Qemu.Migration.Destination;
using Simulation.Engine.Fabric;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Checks;

/// <summary>
/// At every query and in the end received_* are the whole records within the bytes consumed by then, counted by the oracle's own reading
/// of them; and no more was consumed than had been read. Of what multifd channels add, the pages up to their last meeting with main are
/// certain, and those that had not been read yet are impossible (stream reference, sections 8.3 and 8.5).
/// </summary>
public sealed class CountersEqualWireRecords : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Oracle is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (run.Oracle is not { } oracle)
            return null;
        foreach (QueryReply query in run.QueriesAndEnd())
        {
            if (query.Ram is not { } ram)
                continue;
            string? violation = ram.PageSize != run.PageBytes || ram.NormalBytes != ram.Normal * ram.PageSize
                ? $"normal-bytes is {ram.NormalBytes} for {ram.Normal} pages of {ram.PageSize}"
                : oracle.Postcopy is { HasRun: true } postcopy && run.Streams.Any(stream => stream.IsOfPostcopy) ? JudgeLegs(run, oracle, postcopy, query, ram)
                : run.Options.Migration.MappedRam ? JudgeFile(run, oracle, query, ram)
                : JudgeStream(run, oracle, query, ram);
            if (violation is not null)
                return $"{violation} (query-migrate at {query.TimeNanoseconds} ns, status {query.Status}, {ram})";
        }

        return JudgeEnd(run, oracle);
    }

    private static string? JudgeStream(RunObservation run, OracleVerdict oracle, QueryReply query, RamFigures ram)
    {
        long consumed = ram.Transferred - ram.MultifdBytes;
        long read = run.Main is { } stream ? query.Read.Of(stream) : 0;
        ChannelFigures channels = ChannelFigures.At(run, oracle, query, consumed);
        if ((consumed > read && run.Options.Migration.Transport != Transport.File) || ram.MultifdBytes > channels.MostBytes)
            return $"{consumed} and {ram.MultifdBytes} bytes were consumed, {read} and {channels.MostBytes} read";
        if (ram.MultifdBytes < channels.LeastBytes)
            return $"{ram.MultifdBytes} bytes of channels were consumed, and they met main behind {channels.LeastBytes}";
        OracleCounters main = oracle.CountersAt(consumed);
        if (ram.XbzrlePages != main.Xbzrle || ram.XbzrleBytes != main.XbzrleBytes)
            return $"{main.Xbzrle} xbzrle records of {main.XbzrleBytes} bytes were consumed";
        return ram.Normal < main.Normal + channels.Least.Normal || ram.Normal > main.Normal + channels.Most.Normal
            || ram.Duplicate < main.Zero + channels.Least.Zero || ram.Duplicate > main.Zero + channels.Most.Zero
            ? $"{main} were consumed on main, {channels.Most} read on channels, {channels.Least} of them before they met main"
            : null;
    }

    // Several connections, one after the other and side by side: what was counted lies between what they had brought for certain and what
    // had been read.
    private static string? JudgeLegs(
        RunObservation run, OracleVerdict oracle, OraclePostcopy postcopy, QueryReply query, RamFigures ram)
    {
        OracleCounters most = default;
        long read = 0;
        for (int leg = 0; leg < postcopy.Legs.Count; leg++)
        {
            ReceivedStream? main = leg == 0 ? run.Main : run.Recoveries[leg - 1];
            read += main is null ? 0 : query.Read.Of(main);
            most = Add(most, postcopy.Legs[leg].CountersAt(main is null ? 0 : query.Read.Of(main)));
            most = Add(most, postcopy.Legs[leg].PreemptCounters);
        }

        // Multifd channels bring pages up to LISTEN.
        for (int i = 0; i < run.Channels.Count && i < oracle.ChannelBytesConsumed.Count; i++)
        {
            most = Add(most, oracle.ChannelCountersAt(i, query.Read.Of(run.Channels[i])));
            read += query.Read.Of(run.Channels[i]);
        }

        read += run.PreemptChannels.Sum(stream => query.Read.Of(stream));
        if (ram.Normal > most.Normal || ram.Duplicate > most.Zero || ram.XbzrlePages > most.Xbzrle || ram.Transferred > read)
            return $"no more than {most} and {read} bytes had been read";
        bool isOver = query.IsTerminal && run.FinalStatus == MigrationStatus.Completed;
        return isOver && (ram.Normal != most.Normal || ram.Duplicate != most.Zero || ram.XbzrlePages != most.Xbzrle)
            ? $"{most} came on {postcopy.Legs.Count} main connections and {run.PreemptChannels.Count} for urgent pages" : null;
    }

    private static OracleCounters Add(OracleCounters one, OracleCounters other) => new(
        one.Normal + other.Normal, one.Zero + other.Zero, one.Xbzrle + other.Xbzrle, one.XbzrleBytes + other.XbzrleBytes);

    private static string? JudgeFile(RunObservation run, OracleVerdict oracle, QueryReply query, RamFigures ram)
    {
        // The oracle reads a file in order; the readers of one that turns out to be broken do not.
        long pages = ram.Total / ram.PageSize;
        if (ram.Normal + ram.Duplicate > pages)
            return $"the blocks have {pages} pages";
        if (ram.Transferred < ram.NormalBytes)
            return $"pages of {ram.NormalBytes} bytes were read and {ram.Transferred} bytes transferred";
        if (!IsCompleted(run))
            return null;
        bool isWhole = query.IsTerminal;
        bool misses = run.IsClean && ram.Normal + ram.Duplicate != pages;
        return ram.Normal > oracle.MappedPages || (isWhole && (ram.Normal != oracle.MappedPages || misses))
            ? $"{oracle.MappedPages} pages of {pages} are in the file" : null;
    }

    private static string? JudgeEnd(RunObservation run, OracleVerdict oracle)
    {
        if (!IsCompleted(run) || !run.IsClean || run.Options.Migration.MappedRam || oracle.OutcomeDependsOnTiming || run.WasPaused)
            return null;
        long consumed = oracle.BytesConsumed + oracle.ChannelBytesConsumed.Sum()
            + (oracle.Postcopy?.Legs.Sum(leg => leg.PreemptBytesConsumed) ?? 0);
        return run.FinalStatistics.TransferredBytes != consumed
            ? $"{run.FinalStatistics.TransferredBytes} bytes were transferred, and the streams have {consumed}" : null;
    }

    private static bool IsCompleted(RunObservation run) => run.FinalStatus == MigrationStatus.Completed;
}
