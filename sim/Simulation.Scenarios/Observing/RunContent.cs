using Qemu.Migration.Destination.Memory;
using Simulation.Engine.Choices;

namespace Simulation.Scenarios.Observing;

/// <summary>Hashes of what a run leaves behind, byte for byte: two runs of one scenario have the same.</summary>
/// <param name="Ram">The destination's guest memory, all blocks.</param>
/// <param name="Channels">The bytes read from each connection and those written to it.</param>
/// <param name="Replies">Each line that the QMP sessions said.</param>
/// <param name="Times">When each status, run state, event, command and query was, and the times in the replies.</param>
public sealed record RunContent(ulong Ram, ulong Channels, ulong Replies, ulong Times)
{
    // Of a block that is longer the beginning and the end are looked at: between them are pages that are free.
    private const long MostBytes = 16 << 20;

    /// <summary>Hashes what was seen, while the destination's memory still holds what the run wrote.</summary>
    /// <param name="seen">The run, at its end.</param>
    /// <returns>The hashes.</returns>
    public static RunContent Of(RunObservation seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        return new(HashRam(seen.Memory), HashChannels(seen), seen.RepliesHash, HashTimes(seen));
    }

    /// <summary>Says in which parts two runs differ.</summary>
    /// <param name="other">The other run's.</param>
    /// <returns>"RAM and QMP replies", or null when they are the same.</returns>
    public string? Difference(RunContent other)
    {
        ArgumentNullException.ThrowIfNull(other);
        List<string> parts = [];
        if (Ram != other.Ram)
            parts.Add("RAM");
        if (Channels != other.Channels)
            parts.Add("bytes of a channel");
        if (Replies != other.Replies)
            parts.Add("QMP replies");
        if (Times != other.Times)
            parts.Add("times");
        return parts.Count == 0 ? null : string.Join(" and ", parts);
    }

    private static ulong HashRam(GuestMemory? memory)
    {
        ulong hash = 0;
        foreach (RamBlock block in memory?.Blocks ?? [])
        {
            int part = (int)Math.Min(block.UsedLengthBytes, MostBytes);
            hash = StableHash.Combine(hash, StableHash.OfBytes(GuestMemory.Read(block, 0, part)));
            if (part < block.UsedLengthBytes)
                hash = StableHash.Combine(hash, StableHash.OfBytes(GuestMemory.Read(block, block.UsedLengthBytes - part, part)));
        }

        return hash;
    }

    private static ulong HashChannels(RunObservation seen)
    {
        ulong hash = 0;
        foreach (ReceivedStream stream in seen.Streams)
        {
            hash = StableHash.Combine(hash, StableHash.OfBytes(stream.Bytes.Span));
            hash = StableHash.Combine(hash, StableHash.OfBytes(stream.Sent));
        }

        return hash;
    }

    private static ulong HashTimes(RunObservation seen)
    {
        ulong hash = 0;
        foreach (StatusChange change in seen.Statuses)
            Add(change.TimeNanoseconds);
        foreach (RunStateChange change in seen.RunStates)
            Add(change.TimeNanoseconds);
        foreach (MonitorLine line in seen.Sessions.SelectMany(session => session.Lines))
            Add(line.ArrivedNanoseconds);
        foreach (MonitorExchange exchange in seen.Commands)
            Add(exchange.ReadNanoseconds);
        foreach (QueryReply query in seen.Queries)
        {
            Add(query.TotalTime ?? -1);
            Add(query.SetupTime ?? -1);
        }

        return hash;

        void Add(long value) => hash = StableHash.Combine(hash, unchecked((ulong)value));
    }
}
