using System.Numerics;
using System.Text;

namespace Simulation.Oracle;

/// <summary>One block of guest RAM as the migration leaves it.</summary>
/// <remarks>
/// Under multifd several connections write at once between two synchronisations (stream reference, section 4.6). Each
/// page
/// remembers who wrote it last and in which such epoch, so that a page written by two in one epoch is known to be a
/// race.
/// </remarks>
public sealed class OracleRamBlock
{
    /// <summary>Pages for which there is room at once.</summary>
    private const int ChunkPages = 256;

    private readonly int _pageSize;
    private readonly byte[] _nameBytes;
    private readonly PageFrames _frames;
    private readonly byte[] _zero;
    private readonly Chunk?[] _chunks;
    private readonly List<Chunk> _spare;
    private readonly int _chunkCount;
    private readonly PageVersions? _versions;
    private byte[] _initial = [];
    private ReadOnlyMemory<byte> _before;
    private byte _poison;

    internal OracleRamBlock(OracleBlock model, int pageSize, PageFrames frames, bool keepsVersions, OracleRamBlock? old)
    {
        if (model.UsedLength % pageSize != 0 || model.MaxLength % pageSize != 0 || model.UsedLength > model.MaxLength)
            throw new ArgumentException(
                $"block '{model.Name}': lengths must be multiples of the page size, used <= max", nameof(model));

        Model = model;
        UsedLength = model.UsedLength;
        _pageSize = pageSize;
        _frames = frames;
        _nameBytes = Encoding.UTF8.GetBytes(model.Name);
        _chunkCount = checked((int)(((model.MaxLength / pageSize) + ChunkPages - 1) / ChunkPages));
        _zero = old is not null && old._pageSize == pageSize ? old._zero : new byte[pageSize];
        _chunks = old is not null && old._chunks.Length >= _chunkCount ? old._chunks : new Chunk?[_chunkCount];
        _spare = old?._spare ?? [];
        _versions = keepsVersions ? old?._versions ?? new PageVersions() : null;
        if (old is not null)
            old.GiveBack(_spare);
    }

    /// <summary>Block idstr.</summary>
    public string Name => Model.Name;

    /// <summary>Length in use, bytes; a resizable block takes on the source's.</summary>
    public long UsedLength { get; internal set; }

    /// <summary>Number of pages in use.</summary>
    public int PageCount => (int)(UsedLength / _pageSize);

    /// <summary>Number of distinct pages received.</summary>
    public int ReceivedPages => Kept.Sum(chunk => chunk.Received.Sum(BitOperations.PopCount));

    /// <summary>Number of pages whose content depends on timing.</summary>
    public int AmbiguousPages => Kept.Sum(chunk => chunk.Ambiguous.Sum(BitOperations.PopCount));

    internal OracleBlock Model { get; }

    internal int PageSize => _pageSize;

    internal ReadOnlySpan<byte> NameBytes => _nameBytes;

    private IEnumerable<Chunk> Kept => _chunks.Take(_chunkCount).OfType<Chunk>();

    /// <summary>The content of a page.</summary>
    /// <param name="page">Page number in the block.</param>
    public ReadOnlySpan<byte> Page(int page) =>
        _chunks[page / ChunkPages] is { } chunk ? chunk.Pages[page % ChunkPages].Span : _initial;

    /// <summary>A copy of all pages in use.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[UsedLength];
        for (int page = 0; page < PageCount; page++)
            Page(page).CopyTo(bytes.AsSpan(page * _pageSize));
        return bytes;
    }

    /// <summary>Whether something is kept for the page or its neighbours. All others are as they were at first, and not received.</summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsKept(int page) => _chunks[page / ChunkPages] is not null;

    /// <summary>The next page for which something is kept.</summary>
    /// <param name="page">Page number in the block.</param>
    /// <returns>At least that page; <see cref="PageCount"/> where there is none.</returns>
    public int NextKept(int page)
    {
        while (page < PageCount && !IsKept(page))
            page = Math.Min((page / ChunkPages + 1) * ChunkPages, PageCount);
        return page;
    }

    /// <summary>Whether a whole record for the page came.</summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsReceived(int page) => _chunks[page / ChunkPages] is { } chunk && Has(chunk.Received, page);

    /// <summary>
    /// Whether the page's content depends on timing: two connections wrote it between two synchronisations.
    /// </summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsAmbiguous(int page) => _chunks[page / ChunkPages] is { } chunk && Has(chunk.Ambiguous, page);

    /// <summary>Whether every version of a page is kept, so that <see cref="MayHold"/> has an answer.</summary>
    public bool KeepsVersions => _versions is not null;

    /// <summary>
    /// Whether a page may hold something when the migration is over, however it ended: what it held before, or a version that came
    /// whole. Answered with multifd and mapped-ram, where the order of writing is not known.
    /// </summary>
    /// <param name="page">Page number in the block.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="mayBeTorn">Whether a version that did not come whole may have been written as far as it came.</param>
    /// <exception cref="InvalidOperationException">The order is known: <see cref="Page"/> is the answer.</exception>
    public bool MayHold(int page, ReadOnlySpan<byte> content, bool mayBeTorn) =>
        (_versions ?? throw new InvalidOperationException("the last version is the only one")).MayHold(page, content, Before(page), mayBeTorn);

    /// <summary>What a page held before the migration.</summary>
    /// <param name="page">Page number in the block.</param>
    public ReadOnlySpan<byte> Before(int page) =>
        (page + 1) * (long)_pageSize <= _before.Length ? _before.Span.Slice(page * _pageSize, _pageSize) : _initial;

    /// <summary>Pages of which it depends on timing whether they have been placed.</summary>
    public int DoubtfulPages => Kept.Sum(chunk => chunk.Doubtful.Sum(BitOperations.PopCount));

    /// <summary>Whether it depends on timing if the page has been placed: its connection was lost before anybody could say that it was read.</summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsDoubtful(int page) => _chunks[page / ChunkPages] is { } chunk && Has(chunk.Doubtful, page);

    /// <summary>Makes the block as it was before the migration.</summary>
    internal void Fill(byte poison, ReadOnlyMemory<byte> initial)
    {
        _poison = poison;
        _before = initial;
        _versions?.Clear();
        _initial = _frames.Take();
        _initial.AsSpan().Fill(poison);
        for (int page = 0; page * (long)_pageSize < initial.Length; page++)
        {
            ReadOnlyMemory<byte> content = initial[(page * _pageSize)..];
            content.Span[..Math.Min(content.Length, _pageSize)].CopyTo(Writable((ulong)page * (ulong)_pageSize));
        }
    }

    /// <summary>Gives the page at an offset below the used length the content of a page of the stream.</summary>
    internal void Set(ulong offset, ReadOnlyMemory<byte> content)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        chunk.Pages[page] = content;
        chunk.Own[page] = null;
    }

    /// <summary>Makes the page at an offset below the used length zero.</summary>
    internal void SetZero(ulong offset)
    {
        // A chunk without storage is zero already. This is common: a mapped-ram file clears each page that it lacks.
        if (_poison != 0 || _chunks[(int)(offset / (ulong)_pageSize) / ChunkPages] is not null)
            Set(offset, _zero);
    }

    /// <summary>The page at an offset below the used length, to be changed in place.</summary>
    internal Span<byte> Writable(ulong offset)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        if (chunk.Own[page] is { } frame && _versions is null)
            return frame;
        frame = _frames.Take();
        chunk.Pages[page].CopyTo(frame);
        chunk.Pages[page] = chunk.Own[page] = frame;
        return frame;
    }

    /// <summary>Notes that a whole record changed the page.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <param name="write">Who wrote it, and when.</param>
    /// <returns>Whether it is the first record of the page.</returns>
    internal bool MarkReceived(ulong offset, Write write)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        ulong bit = 1UL << (page % 64);
        Write last = chunk.LastWrites[page];
        bool isFirst = (chunk.Received[page / 64] & bit) == 0;
        chunk.Received[page / 64] |= bit;
        if (last.Epoch != write.Epoch)
            chunk.Ambiguous[page / 64] &= ~bit;
        else if (last.Connection != write.Connection)
            chunk.Ambiguous[page / 64] |= bit;
        chunk.LastWrites[page] = write;
        _versions?.Add((int)(offset / (ulong)_pageSize), chunk.Pages[page]);
        return isFirst;
    }

    /// <summary>Notes that nobody can say what the page holds.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    internal void MarkUndefined(ulong offset)
    {
        MarkAmbiguous(offset);
        _versions?.AllowAnything((int)(offset / (ulong)_pageSize));
    }

    /// <summary>Makes a page zero that no record speaks of.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    internal void LeaveZero(ulong offset)
    {
        SetZero(offset);
        if (_poison != 0 || IsKept((int)(offset / (ulong)_pageSize)))
            _versions?.Add((int)(offset / (ulong)_pageSize), _zero);
    }

    /// <summary>Notes that a page began to come, and its rest did not.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <param name="beginning">The bytes that came.</param>
    internal void Tear(ulong offset, ReadOnlyMemory<byte> beginning) => _versions?.AddTorn((int)(offset / (ulong)_pageSize), beginning);

    /// <summary>Notes that the page may or may not hold what a record said.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    internal void MarkAmbiguous(ulong offset)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        chunk.Ambiguous[page / 64] |= 1UL << (page % 64);
    }

    /// <summary>Throws the content of all pages away: what is not received from here on is zero.</summary>
    internal void ForgetAll()
    {
        _versions?.Clear();
        _before = default;
        _poison = 0;
        _initial = _zero;
        GiveBack(_spare);
    }

    /// <summary>Throws the content of a page away.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <returns>Whether it had been received.</returns>
    internal bool Discard(ulong offset)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        ulong bit = 1UL << (page % 64);
        bool wasReceived = (chunk.Received[page / 64] & bit) != 0;
        chunk.Received[page / 64] &= ~bit;
        chunk.Ambiguous[page / 64] &= ~bit;
        chunk.LastWrites[page] = default;
        _versions?.Forget((int)(offset / (ulong)_pageSize));
        Set(offset, _zero);
        return wasReceived;
    }

    /// <summary>A page of postcopy has come. One that is there is not written again: the guest may have changed it (L21).</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <param name="content">Its content, which must stay as it is; empty for zeros.</param>
    /// <param name="write">The connection that brought it, and a number of the leg that no synchronisation has.</param>
    /// <param name="isCertain">Whether it was placed for certain.</param>
    /// <returns>Whether it was missing for certain, or perhaps.</returns>
    internal bool Place(ulong offset, ReadOnlyMemory<byte> content, Write write, bool isCertain)
    {
        Chunk chunk = ChunkOf(offset, out int page);
        int number = (int)(offset / (ulong)_pageSize);
        ulong bit = 1UL << (page % 64);
        content = content.IsEmpty ? _zero : content;
        Write last = chunk.LastWrites[page];
        if ((chunk.Received[page / 64] & bit) != 0)
        {
            // Two connections brought this page. The first one counts, and nobody can say which that was.
            if (last.Epoch == write.Epoch && last.Connection != write.Connection && !_versions!.AreAll(number, content))
            {
                _versions.Add(number, content);
                chunk.Ambiguous[page / 64] |= bit;
            }
            return false;
        }

        chunk.LastWrites[page] = write;
        bool isOnly = _versions!.AreAll(number, content);
        _versions.Add(number, content);
        if (!Has(chunk.Doubtful, page))
            Set(offset, content);
        if (isCertain)
        {
            chunk.Received[page / 64] |= bit;
            chunk.Doubtful[page / 64] &= ~bit;
        }
        else
        {
            chunk.Doubtful[page / 64] |= bit;
        }

        if (isCertain && isOnly)
            chunk.Ambiguous[page / 64] &= ~bit;
        else
            chunk.Ambiguous[page / 64] |= bit;
        return true;
    }

    /// <summary>A bit for each page in use that is there, in bytes from the lowest bit on, padded to words (section 6.2).</summary>
    internal byte[] ReceivedBitmap() => Bitmap(chunk => chunk.Received);

    /// <summary>The same for the pages of which that depends on timing.</summary>
    internal byte[] DoubtfulBitmap() => Bitmap(chunk => chunk.Doubtful);

    private byte[] Bitmap(Func<Chunk, ulong[]> of)
    {
        byte[] bytes = new byte[(PageCount + 63) / 64 * sizeof(ulong)];
        for (int page = 0; page < PageCount; page++)
        {
            if (_chunks[page / ChunkPages] is { } chunk && Has(of(chunk), page))
                bytes[page / 8] |= (byte)(1 << (page % 8));
        }

        return bytes;
    }

    private static bool Has(ulong[] bits, int page) => (bits[page % ChunkPages / 64] >> (page % 64) & 1) != 0;

    private Chunk ChunkOf(ulong offset, out int page)
    {
        int number = (int)(offset / (ulong)_pageSize);
        page = number % ChunkPages;
        ref Chunk? chunk = ref _chunks[number / ChunkPages];
        return chunk ??= NewChunk();
    }

    private Chunk NewChunk()
    {
        Chunk chunk = _spare.Count > 0 ? _spare[^1] : new();
        if (_spare.Count > 0)
            _spare.RemoveAt(_spare.Count - 1);
        chunk.Reset(_initial);
        return chunk;
    }

    // Keep the storage for the next migration.
    private void GiveBack(List<Chunk> spare)
    {
        const int MostSpare = 64;
        for (int i = 0; i < _chunkCount; i++)
        {
            if (_chunks[i] is { } chunk && spare.Count < MostSpare)
                spare.Add(chunk);
            _chunks[i] = null;
        }
    }

    /// <summary>Who wrote a page and when.</summary>
    /// <param name="Epoch">Number of the synchronisation before which it was written, counted from 1.</param>
    /// <param name="Connection">Number of the connection.</param>
    internal readonly record struct Write(int Epoch, int Connection);

    /// <summary>What is kept of some neighbouring pages.</summary>
    private sealed class Chunk
    {
        public ReadOnlyMemory<byte>[] Pages { get; } = new ReadOnlyMemory<byte>[ChunkPages];

        public byte[]?[] Own { get; } = new byte[]?[ChunkPages];

        public ulong[] Received { get; } = new ulong[ChunkPages / 64];

        public ulong[] Ambiguous { get; } = new ulong[ChunkPages / 64];

        public ulong[] Doubtful { get; } = new ulong[ChunkPages / 64];

        public Write[] LastWrites { get; } = new Write[ChunkPages];

        public void Reset(byte[] initial)
        {
            Pages.AsSpan().Fill(initial);
            Own.AsSpan().Clear();
            Received.AsSpan().Clear();
            Ambiguous.AsSpan().Clear();
            Doubtful.AsSpan().Clear();
            LastWrites.AsSpan().Clear();
        }
    }
}
