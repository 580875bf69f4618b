using Simulation.Oracle;
using static Oracle.Tests.Bytes;

namespace Oracle.Tests;

/// <summary>
/// A migration cut at every byte: without the top-level EOF it fails, or waits where the connection stays open.
/// </summary>
public sealed class TruncationTests
{
    private static readonly OracleMachine Machine = OracleMachine.None(new OracleBlock("ram", 4 * PageSize)) with
    {
        Uuid = new byte[16],
    };

    private static readonly byte[] Loaded = Join(
        FileHeader,
        Configuration("none", CapabilitiesSubsection("multifd"), Subsection("configuration/uuid", 1, new byte[16])),
        Command(1),
        Command(2, U32(1)),
        Ram(MemSize(4 * PageSize, ("ram", 4 * PageSize)), ZeroRecord(0), PageRecord(PageSize, 3),
            XbzrleRecord(0, [0, 2, 1, 2])),
        Command(11),
        Start(0, "timer", 2, TimerV2),
        Start(3, "globalstate", 1, GlobalState("paused")));

    [Fact]
    public void Stream_cut_anywhere_before_eof_is_truncated_and_whole_from_eof_on()
    {
        byte[] stream = Join(Loaded, End);
        OracleReader reader = new();
        for (int length = 0; length <= stream.Length; length++)
        {
            OracleVerdict verdict = reader.Read(Input(stream.AsMemory(0, length), ended: true));
            OracleFaultKind? expected = length <= Loaded.Length ? OracleFaultKind.Truncated : null;

            Assert.Equal((length, expected), (length, verdict.Fault?.Kind));
            Assert.Equal(length, verdict.Fault?.FieldOffset ?? verdict.BytesConsumed);
        }
    }

    [Fact]
    public void Stream_that_stays_open_is_waited_for_until_its_description_is_whole()
    {
        byte[] stream = Join(Loaded, End);
        OracleReader reader = new();
        for (int length = 0; length <= stream.Length; length++)
        {
            OracleVerdict verdict = reader.Read(Input(stream.AsMemory(0, length), ended: false));
            OracleOutcome expected = length < stream.Length ? OracleOutcome.Pending : OracleOutcome.Accepted;

            Assert.Equal((length, expected), (length, verdict.Outcome));
            Assert.Equal(expected == OracleOutcome.Pending ? 0 : null, verdict.WaitingForConnection);
            Assert.DoesNotContain(
                verdict.ReturnPath, message => message.Type == 1 && expected == OracleOutcome.Pending);
        }
    }

    [Fact]
    public void Stream_without_description_is_complete_at_eof()
    {
        OracleInput input = Input(Join(Loaded, [0]), ended: false);
        OracleVerdict verdict =
            new OracleReader().Read(input with { Machine = Machine with { SuppressVmDescription = true } });

        Assert.Equal(OracleOutcome.Accepted, verdict.Outcome);
    }

    [Fact]
    public void Counters_of_a_cut_stream_are_those_of_the_whole_one_at_the_cut()
    {
        byte[] stream = Join(Loaded, End);
        OracleVerdict whole = new OracleReader().Read(Input(stream, ended: true));
        OracleReader reader = new();
        for (int length = 0; length <= stream.Length; length++)
            Assert.Equal(
                whole.CountersAt(length), reader.Read(Input(stream.AsMemory(0, length), ended: true)).Counters);
    }

    [Fact]
    public void Page_cut_by_end_of_file_is_neither_counted_nor_received()
    {
        byte[] stream = Join(Begin, RamStart, PageRecord(0, 7));
        OracleVerdict verdict = new OracleReader().Read(Input(stream.AsMemory(0, stream.Length - 1), ended: true));

        Assert.Equal(default, verdict.Counters);
        Assert.False(verdict.Ram["ram"].IsReceived(0));
    }

    private static OracleInput Input(ReadOnlyMemory<byte> stream, bool ended) =>
        new() { Machine = Machine, Main = new OracleConnection(stream, ended) };
}
