using System.Globalization;
using Simulation.Oracle;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;
using Simulation.Source.Multifd;

namespace Simulation.Scenarios.Hosts;

/// <summary>Asks the oracle what must come of the bytes that the destination has read.</summary>
internal static class OracleQuestion
{
    /// <summary>Asks.</summary>
    public static OracleVerdict Ask(OracleReader oracle, ScenarioMachine machine, RunObservation observation)
    {
        ScenarioOptions options = observation.Options;
        return oracle.Read(new OracleInput
        {
            Machine = machine.Oracle,
            Capabilities = [.. machine.CapabilityNames],
            MultifdChannels = Math.Max(1, options.Migration.MultifdChannels),
            MultifdCompression = ScenarioMachine.OracleCompressionOf(options.Migration.MultifdCompression),
            Main = observation.Main is { } main ? ConnectionOf(main) : new OracleConnection(default, Ended: false),
            Channels = [.. observation.Channels.Select(ConnectionOf)],
            Preempt = PreemptOf(observation, 0) ?? SilentCandidate(observation),
            Recoveries = [.. observation.Recoveries.Select(stream => new OracleRecovery(ConnectionOf(stream), PreemptOf(observation, NumberOf(stream))))],
            Requests = [.. RequestsOf(observation)],
            MainStart = options.Migration.FileOffset,
            PoisonByte = options.PoisonByte ?? 0,
        });
    }

    // The source numbers its attempts to connect: the channel for urgent pages has the number of its main channel.
    private static int NumberOf(ReceivedStream stream) =>
        int.Parse(stream.Name.AsSpan(stream.Name.IndexOf('/', StringComparison.Ordinal) + 1), NumberStyles.None, CultureInfo.InvariantCulture);

    private static OracleConnection? PreemptOf(RunObservation observation, int number) =>
        observation.Streams.FirstOrDefault(stream => stream.Name == $"preempt/{number}") is { } stream
            ? ConnectionOf(stream) with { Bytes = observation.Refused.Contains(stream.Name) ? default : stream.Bytes } : null;

    // The block of a request is that of the one before where it names none. What asks for no page of a block is for other checks.
    private static IEnumerable<OracleRequest> RequestsOf(RunObservation observation)
    {
        int leg = 0;
        foreach (ReceivedStream stream in observation.MainStreams)
        {
            string? block = null;
            foreach (SentMessage message in SentMessage.ReadAll(stream.Sent).Where(message => message.IsRequest))
            {
                block = message.Block ?? block;
                if (observation.Memory?.Blocks.FirstOrDefault(candidate => candidate.Name == block) is { } known
                    && message.Start < (ulong)known.UsedLengthBytes)
                    yield return new OracleRequest(leg, known.Name, (long)message.Start);
            }

            leg++;
        }
    }

    // Before it has said anything any connection that comes behind the source's own may be the channel.
    private static OracleConnection? SilentCandidate(RunObservation observation)
    {
        int last = observation.Channels.Append(observation.Main).Max(stream => stream?.Index ?? int.MaxValue);
        return observation.Streams.Any(stream => stream.Index > last && !stream.IsLate) ? new OracleConnection(default, Ended: false) : null;
    }

    private static OracleConnection ConnectionOf(ReceivedStream stream) => new(stream.Bytes, stream.HasEnded, stream.HasFailed)
    {
        Abandoned = stream is { IsShut: true, HasEnded: false },
        Holes = [.. stream.Holes.Select(hole => (hole.Offset, hole.LengthBytes))],
    };
}
