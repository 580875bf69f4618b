using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Streams;

/// <summary>The records of the ram section alone.</summary>
internal sealed class RamSectionTarget : FuzzTarget
{
    private readonly GuestMemory _memory = new(new FuzzEnvironment(), Machines.None);
    private bool _isDirty;

    public override string Name => "ram-section";

    public override string Covers => "The records of the ram section: RamLoader on a window that holds all of them.";

    public override string Asserts => "Whole records only are consumed and counted, memory is written inside its blocks, bytes read inside the input.";

    // Three whole pages and what stands between them: longer inputs only repeat records.
    public override int MaximumBytes => 16 * 1024;

    public override InputFormat Format => RamSectionFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        // A run that ended in a finding has not cleared what it touched.
        if (_isDirty)
            _memory.Reset();
        _isDirty = true;
        RamLoader loader = new(_memory, ignoreShared: false, mappedRam: false);
        ReadOnlySpan<byte> window = input.Span;
        ReceivedCounts received = default;
        long consumedBytes = 0;
        while (true)
        {
            RamProgress progress = loader.Decode(window, consumedBytes, out int consumed, ref received);
            FindingException.Unless(consumed >= 0 && consumed <= window.Length, "records lie in the window", $"{consumed} of {window.Length}");
            window = window[consumed..];
            consumedBytes += consumed;
            if (progress == RamProgress.NeedMoreData)
            {
                FindingException.Unless(
                    loader.NeededBytes > window.Length, "more is needed than there is", $"{loader.NeededBytes} with {window.Length}");
                break;
            }
            if (progress == RamProgress.Failed)
            {
                FindingException.Unless(
                    loader.Error is { } error && error.OffsetBytes == consumedBytes, "an error names its record", $"{loader.Error}");
                break;
            }
            if (progress == RamProgress.BlockList)
            {
                if (window.Length < RamFlags.HeaderBytes)
                    break;
                window = window[RamFlags.HeaderBytes..];
                consumedBytes += RamFlags.HeaderBytes;
            }
        }
        Judge(received, consumedBytes);
        _memory.Reset();
        _isDirty = false;
    }

    private void Judge(in ReceivedCounts received, long consumedBytes)
    {
        long marked = _memory.Blocks[0].Received.Count();
        long records = received.NormalPages + received.ZeroPages + received.XbzrlePages;
        FindingException.Unless(
            received.UniquePages == marked && marked <= records, "each page that arrived is marked once",
            $"{received.UniquePages} unique, {marked} marked, {records} records");
        FindingException.Unless(
            received.RecordBytes <= consumedBytes && received.NormalPages * 4096 <= received.RecordBytes && records <= received.RecordBytes / 9,
            "what is counted was consumed", $"{received.RecordBytes} bytes of records in {consumedBytes}");
    }
}
