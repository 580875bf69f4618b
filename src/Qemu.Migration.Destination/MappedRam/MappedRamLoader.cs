using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.MappedRam;

/// <summary>
/// mapped-ram (stream reference, section 5): a block's pages lie at fixed places of the file, and a bitmap says which are there.
/// <code>
/// … str8 block  u64 length  [u64 guest address]  header(28) | bitmap | … | page k at pages_offset + k·P … | next entry
/// </code>
/// Pages are read in chunks of a MiB, each run of them straight to its place; with multifd, as many tasks as there are channels share the
/// chunks. A page without its bit was zero on the source and is made zero here, whatever was in memory.
/// </summary>
internal sealed class MappedRamLoader(
    QemuFileReader reader, DestinationEnvironment environment, GuestMemory memory, MigrationIncomingState state, int workers)
{
    private const int ChunkBytes = 1024 * 1024;
    private int _blocks;

    /// <summary>Loads one block; the window begins with its header.</summary>
    /// <param name="block">The block.</param>
    /// <param name="ignored">Whether the block is shared and not in the file.</param>
    /// <returns>The error, or null.</returns>
    public async ValueTask<StreamError?> LoadAsync(RamBlock block, bool ignored)
    {
        if (!reader.CanSeek)
            return Fail(StreamErrorCode.NotSeekable, block, $"mapped-ram needs a file, and this channel cannot seek");
        if (!await reader.FillForAsync<MappedRamHeader>(MappedRamHeader.TryRead))
            return Errors.Truncated(reader, $"a mapped-ram header", "ram").WithBlock(block.Name);
        DecodeStatus status = MappedRamHeader.TryRead(reader.Window, out MappedRamHeader header, out int consumed);
        if (status != DecodeStatus.Done)
            return Fail(StreamErrorCode.MappedRamVersion, block, $"a mapped-ram header of version {header.Version}, newer than 1");
        if (header.PageSizeBytes != (ulong)memory.PageSizeBytes)
        {
            return Fail(
                StreamErrorCode.MappedRamPageSize, block,
                $"a mapped-ram header of page size {header.PageSizeBytes}, not {memory.PageSizeBytes}");
        }
        if (ignored)
        {
            if (header is not { BitmapOffset: 0, PagesOffset: 0 })
                return Fail(StreamErrorCode.BlockNotMigratable, block, $"a mapped-ram header with pages of a block that is left out");
            reader.Advance(consumed);
            return null;
        }
        long pages = block.UsedLengthBytes >> memory.PageShift;
        long next;
        byte[] bitmap = ArrayPool<byte>.Shared.Rent((int)MappedRamHeader.BitmapBytes(pages));
        try
        {
            Memory<byte> bits = bitmap.AsMemory(0, (int)MappedRamHeader.BitmapBytes(pages));
            if (header.BitmapOffset > Limits.FileOffset || !await reader.ReadAtAsync((long)header.BitmapOffset, bits))
                return Ended(block, "the bitmap", header.BitmapOffset);
            bool isPlace = header.PagesOffset % (ulong)memory.PageSizeBytes == 0 && header.PagesOffset <= Limits.FileOffset;
            if (!isPlace || !header.TryFindContinuation(reader.OffsetBytes + consumed, (ulong)block.UsedLengthBytes, out next))
            {
                string why = isPlace ? "ends before its own header" : "is no place for pages";
                return Fail(StreamErrorCode.MappedRamAlignment, block, $"a pages area at 0x{header.PagesOffset:x}, which {why}");
            }
            state.MainCounters.AddShared(new() { RecordBytes = bits.Length });
            if (await LoadPagesAsync(block, header, bits, pages) is { } pageError)
                return pageError;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bitmap);
        }
        // Errors are placed at the header until everything that it says is loaded.
        reader.Advance(consumed);
        reader.Seek(next);
        return null;
    }

    private async ValueTask<StreamError?> LoadPagesAsync(RamBlock block, MappedRamHeader header, Memory<byte> bits, long pages)
    {
        Chunks chunks = new((pages + ChunkPages - 1) / ChunkPages);
        int number = _blocks++;
        if (workers == 1)
            return await LoadChunksAsync(block, header, bits, pages, chunks);
        StreamError?[] errors = new StreamError?[workers];
        List<Task> tasks = new(workers);
        for (int i = 0; i < workers; i++)
        {
            int worker = i;
            try
            {
                tasks.Add(environment.Spawn(
                    $"multifd/{worker}/{number}",
                    async () => errors[worker] = await LoadChunksAsync(block, header, bits, pages, chunks)));
            }
            catch (IOException)
            {
                // No more tasks can be had. The chunks are for those that there are.
                break;
            }
        }
        if (tasks.Count == 0)
            return await LoadChunksAsync(block, header, bits, pages, chunks);
        await environment.WaitFor(Task.WhenAll(tasks));
        return Array.Find(errors, e => e is not null);
    }

    private int ChunkPages => ChunkBytes >> memory.PageShift;

    private async Task<StreamError?> LoadChunksAsync(
        RamBlock block, MappedRamHeader header, Memory<byte> bits, long pages, Chunks chunks)
    {
        GuestPages place = new();
        while (chunks.Next() is { } chunk)
        {
            await environment.Point("mapped-ram/chunk");
            long first = chunk * ChunkPages;
            long end = Math.Min(first + ChunkPages, pages);
            if (await LoadChunkAsync(block, header, bits, first, end, place) is { } error)
                return error;
            state.NoteProgress();
        }
        return null;
    }

    private async ValueTask<StreamError?> LoadChunkAsync(
        RamBlock block, MappedRamHeader header, Memory<byte> bits, long first, long end, GuestPages place)
    {
        ReceivedCounts received = default;
        for (long page = first; page < end;)
        {
            long run = RunLength(bits.Span, page, end, out bool present);
            if (present)
            {
                int length = (int)run << memory.PageShift;
                long offset = (long)header.PagesOffset + (page << memory.PageShift);
                if (!await reader.ReadAtAsync(offset, place.At(memory.PlaceRun(block, page, (int)run))))
                {
                    memory.GiveUp(block, page, (int)run);
                    // What the chunk brought before is in memory: it counts.
                    state.MainCounters.AddShared(received);
                    return Ended(block, "the pages", (ulong)offset);
                }
                received.UniquePages += memory.RunArrived(block, page, (int)run);
                received.NormalPages += run;
                received.RecordBytes += length;
            }
            else
            {
                received.UniquePages += memory.ZeroPages(block, page, run);
                received.ZeroPages += run;
            }
            page += run;
        }
        state.MainCounters.AddShared(received);
        return null;
    }

    // Pages from one on that all are there, or all are not. Bits beyond the block's pages mean nothing, as in QEMU.
    private static long RunLength(ReadOnlySpan<byte> bits, long page, long end, out bool present)
    {
        ulong word = Word(bits, page);
        present = (word & 1) != 0;
        long run = 0;
        while (true)
        {
            int available = 64 - (int)(page + run & 63);
            int equal = Math.Min(BitOperations.TrailingZeroCount(present ? ~word : word), available);
            run += equal;
            if (equal < available || page + run >= end)
                return Math.Min(run, end - page);
            word = Word(bits, page + run);
        }
    }

    private static ulong Word(ReadOnlySpan<byte> bits, long page) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bits[(int)(page >> 6 << 3)..]) >> (int)(page & 63);

    private StreamError Ended(RamBlock block, string what, ulong offset) => reader.Failure is { } failure
        ? Fail(StreamErrorCode.ChannelFailed, block, $"the file failed inside {what} at 0x{offset:x}: {failure}")
        : Fail(StreamErrorCode.Truncated, block, $"the file ends inside {what} at 0x{offset:x}");

    private StreamError Fail(StreamErrorCode code, RamBlock block, FormattableString cause) =>
        new(code, reader.OffsetBytes, cause) { Section = "ram", Block = block.Name };

    /// <summary>The numbers of the chunks, each given to one task.</summary>
    private sealed class Chunks(long count)
    {
        private long _next = -1;

        public long? Next() => Interlocked.Increment(ref _next) is var chunk && chunk < count ? chunk : null;
    }
}
