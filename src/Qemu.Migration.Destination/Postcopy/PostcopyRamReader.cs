using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>Reads the records of postcopy from one channel: main's sections, or the whole channel for urgent pages.</summary>
internal sealed class PostcopyRamReader(
    QemuFileReader reader, LoadSession session, ReceiveCounters counters, RamBlock? lastBlock, string channelName)
{
    private readonly PostcopyRamLoader _loader = new(session.Memory, session.Postcopy.Faults, lastBlock);

    /// <summary>Reads records up to EOS.</summary>
    /// <param name="countsEos">Whether a source's <c>postcopy-bytes</c> have this EOS in them.</param>
    /// <returns>The error, or null.</returns>
    public async ValueTask<StreamError?> LoadAsync(bool countsEos = false)
    {
        while (true)
        {
            ReceivedCounts received = default;
            RamProgress progress = _loader.Decode(reader.Window, reader.OffsetBytes, out int consumed, ref received);
            if (progress == RamProgress.EndOfSection && countsEos)
                received.RecordBytes += RamFlags.HeaderBytes;
            // Count bytes before pages: no snapshot shows a page whose bytes are not counted.
            reader.Advance(consumed);
            counters.Add(received, session.State.Phase);
            session.State.NoteProgress();
            switch (progress)
            {
                case RamProgress.NeedMoreData:
                    if (!await reader.FillAsync(_loader.NeededBytes))
                        return Truncated();
                    break;
                case RamProgress.Yield:
                    await session.Environment.Point("ram/yield");
                    break;
                case RamProgress.EndOfSection:
                    return null;
                default:
                    return _loader.Error!.WithChannel(channelName, _loader.BlockName);
            }
        }
    }

    private StreamError Truncated() =>
        Errors.Truncated(reader, $"a RAM record that begins at offset {reader.OffsetBytes}", "ram").WithChannel(channelName, _loader.BlockName);
}
