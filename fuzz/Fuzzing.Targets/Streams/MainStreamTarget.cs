using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;

namespace Fuzzing.Targets.Streams;

/// <summary>The whole main stream into <c>-M none</c>.</summary>
internal sealed class MainStreamTarget : FuzzTarget
{
    private readonly FuzzDestination _destination = new(Machines.None, Machines.With());
    private readonly FuzzChannel _channel = new(Delivery.Lent);

    public override string Name => "main-stream";

    public override string Covers => "The main stream into -M none -m 1M through IncomingMigration, bytes lent without a copy.";

    public override string Asserts => "It ends, no exception, error or success never both, figures agree with memory and bytes, SHUT last.";

    public override InputFormat Format => MainStreamFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        _destination.Run(_channel, input);
        _destination.Clear();
    }
}

/// <summary>The whole main stream into a small pc, in portions.</summary>
internal sealed class PcStreamTarget : FuzzTarget
{
    private readonly FuzzDestination _destination = new(Machines.SmallPc, Machines.With("switchover-ack"), isWrittenThrough: true);
    private readonly FuzzChannel _channel = new(Delivery.Portions);

    public override string Name => "main-stream-pc";

    public override string Covers => "The main stream into a pc with devices, subsections and a resizable block, read in odd portions, RAM written through.";

    public override string Asserts => "As main-stream.";

    public override InputFormat Format => MainStreamFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        _destination.Run(_channel, input);
        _destination.Clear();
    }
}
