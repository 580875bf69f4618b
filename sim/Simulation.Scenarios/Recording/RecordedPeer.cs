using System.Text;
using Qemu.Migration.Wire;
using Simulation.Engine.Choices;
using Simulation.Oracle;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Recording;

/// <summary>The destination of a recording of postcopy: it asks for pages, its connections are lost where the scenario says, and in a
/// recovery it says what it has received: what the oracle finds in the bytes that have gone out.</summary>
/// <param name="options">The scenario.</param>
/// <param name="machine">Its machine.</param>
/// <param name="recorder">Keeps the bytes.</param>
/// <param name="random">Decides which pages are asked for, and when.</param>
internal sealed class RecordedPeer(ScenarioOptions options, ScenarioMachine machine, StreamRecorder recorder, Prng random)
{
    private readonly OracleReader _oracle = new();
    private readonly HashSet<(string Block, int Page)> _received = [];
    private int _touches;
    private int _heardLegs;

    /// <summary>Has the recorder ask this peer.</summary>
    /// <param name="postcopy">What the scenario says of postcopy.</param>
    public void Serve(PostcopyOptions postcopy)
    {
        _touches = postcopy.Vcpus * postcopy.TouchesPerVcpu;
        recorder.OnStep = Touch;
        recorder.LostBehind = name => options.Faults.FirstOrDefault(fault => fault.Connection == name
            && fault is { Kind: FaultKind.Truncate or FaultKind.Reset, OffsetBytes: not null })?.OffsetBytes;
        if (postcopy.Recovers)
            recorder.ReceivedOf = ReceivedOf;
    }

    private void Touch(MigrationSource source)
    {
        while (_touches > 0 && source.Status == SourceStatus.PostcopyActive && random.Chance(Ratio.Percent(50)))
        {
            _touches--;
            GuestBlock block = random.Pick<GuestBlock>([.. source.Blocks]);
            if (block.PageCount > 0)
            {
                source.Receive(new ReturnPathMessage(
                    ReturnPathMessageType.RequestPagesId, (uint)block.PageBytes, (ulong)random.NextInt(block.PageCount) * (uint)block.PageBytes,
                    Encoding.ASCII.GetBytes(block.Name)));
            }
        }
    }

    private ReadOnlyMemory<byte> ReceivedOf(GuestBlock block)
    {
        RecordedConnection[] connections = [.. recorder.Connections.Select(connection => ScenarioRecording.Damage(connection, options))];
        for (; _heardLegs < connections[^1].Leg; _heardLegs++)
            Hear(_oracle.Read(Question(connections, _heardLegs)));
        byte[] bitmap = new byte[(block.PageCount + 63) / 64 * sizeof(ulong)];
        for (int page = 0; page < block.PageCount; page++)
        {
            if (_received.Contains((block.Name, page)))
                bitmap[page >> 3] |= (byte)(1 << (page & 7));
        }
        return bitmap;
    }

    private void Hear(OracleVerdict verdict)
    {
        foreach (OracleRamBlock block in verdict.Ram.Blocks)
            _received.UnionWith(Enumerable.Range(0, block.PageCount).Where(block.IsReceived).Select(page => (block.Name, page)));
    }

    // Up to a leg whose connections nobody says to have ended: so the oracle has read all that they brought.
    private OracleInput Question(RecordedConnection[] connections, int last)
    {
        return new()
        {
            Machine = machine.Oracle,
            Capabilities = [.. machine.CapabilityNames],
            MultifdChannels = Math.Max(1, options.Migration.MultifdChannels),
            MultifdCompression = ScenarioMachine.OracleCompressionOf(options.Migration.MultifdCompression),
            Main = ConnectionOf(connections[0]),
            Channels = [.. connections.Where(connection => connection.IsMultifd).Select(ConnectionOf)],
            Preempt = PreemptOf(0),
            Recoveries = [.. connections.Where(connection => connection.Leg > 0 && connection.Leg <= last && !connection.IsUrgent)
                .Select(main => new OracleRecovery(ConnectionOf(main), PreemptOf(main.Leg)))],
        };

        OracleConnection ConnectionOf(RecordedConnection connection) => new(connection.Bytes, Ended: connection.Leg < last);

        OracleConnection? PreemptOf(int leg) =>
            Array.Find(connections, connection => connection.IsUrgent && connection.Leg == leg) is { } urgent ? ConnectionOf(urgent) : null;
    }
}
