using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Streams;

/// <summary>A mapped-ram file, lent, and by reads of several tasks into memory that is written through.</summary>
internal sealed class MappedRamTarget : FuzzTarget
{
    private readonly FuzzDestination _lent = new(Machines.Tiny, Machines.With("mapped-ram"));
    private readonly FuzzDestination _read = new(Machines.Tiny, Machines.With("mapped-ram", "multifd"), isWrittenThrough: true);
    private readonly FuzzChannel _lending = new(Delivery.Lent);
    private readonly FuzzChannel _reading = new(Delivery.Seekable);

    public override string Name => "mapped-ram";

    public override string Covers => "mapped-ram files of -M none with 8 KiB: headers, bitmaps, page areas, the stream around them.";

    public override string Asserts => "As main-stream; and the same outcome and memory when the file is lent and when two tasks read it.";

    public override InputFormat Format => MappedRamFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        _lent.Run(_lending, input);
        _read.Run(_reading, input);
        StreamError? one = _lent.Migration.State.Error;
        StreamError? other = _read.Migration.State.Error;
        FindingException.Unless(one?.Code == other?.Code, "lent and read files fail alike", $"{one} and {other}");
        if (one is null)
            JudgeMemory();
        _lent.Clear();
        _read.Clear();
    }

    private void JudgeMemory()
    {
        RamBlock here = _lent.Memory.Blocks[0];
        RamBlock there = _read.Memory.Blocks[0];
        FindingException.Unless(
            GuestMemory.Read(here, 0, (int)here.UsedLengthBytes).SequenceEqual(GuestMemory.Read(there, 0, (int)there.UsedLengthBytes)),
            "lent and read files give the same memory", $"{here.UsedLengthBytes} bytes");
    }
}
