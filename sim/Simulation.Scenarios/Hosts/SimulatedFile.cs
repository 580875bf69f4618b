using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Engine.Time;
using Simulation.Scenarios.Observing;
using Simulation.Source.MappedRam;

namespace Simulation.Scenarios.Hosts;

/// <summary>A migration file as the destination sees it: whole from the start, and read anywhere at the speed of a disk or lent.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="received">The file's content, all of it.</param>
/// <param name="link">Speed and short reads, and the longest chunk that is lent unasked; the rest means nothing for a file.</param>
/// <param name="lends">Whether it lies in memory, and is lent.</param>
/// <param name="fails">Whether reading beyond the content is an error and not the end; memory cannot fail.</param>
internal sealed class SimulatedFile(SimulationLoop loop, ReceivedStream received, LinkOptions link, bool lends, bool fails)
    : MigrationChannel
{
    private readonly HoledFile _file = new(received.Bytes, received.Holes);
    private readonly Engine.Choices.Prng _random = loop.Streams.Stream("file");

    /// <inheritdoc/>
    public override string Name => received.Name;

    /// <inheritdoc/>
    public override bool CanSeek => !lends;

    /// <inheritdoc/>
    public override long OriginBytes => received.OriginBytes;

    /// <inheritdoc/>
    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        window = default;
        if (!lends)
            return false;
        if (!received.IsShut)
            window = _file.Read(offset + OriginBytes, Math.Max(minimumBytes, link.MaximumChunkBytes));
        return true;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) =>
        throw new NotSupportedException("a file is read at an offset");

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer)
    {
        if (lends)
            return await base.ReadAtAsync(offset, buffer);
        received.LargestReadBytes = Math.Max(received.LargestReadBytes, buffer.Length);
        await loop.Point("file.read");
        int count = (int)Math.Clamp(_file.LengthBytes - OriginBytes - offset, 0, buffer.Length);
        if (count == 0 && fails)
        {
            received.HasFailed = true;
            throw new IOException($"input/output error at 0x{offset:x}");
        }

        if (count > 0 && _random.Chance(link.ShortReads))
            count = 1 + _random.NextInt(Math.Min(count, link.MaximumShortReadBytes));
        if (count > 0 && link.BytesPerSecond > 0)
            await loop.Delay(VirtualDuration.OfTransfer(count, link.BytesPerSecond), "file.read");
        _file.Read(offset + OriginBytes, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => throw new IOException($"'{Name}' cannot be written");

    /// <inheritdoc/>
    public override void Shutdown() => received.IsShut = true;
}
