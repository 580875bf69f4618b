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
    private readonly int _pageSize;
    private readonly byte[] _nameBytes;
    private readonly PageFrames _frames;
    private readonly byte[] _zero;
    private readonly ReadOnlyMemory<byte>[] _pages;
    private readonly byte[]?[] _own;
    private readonly ulong[] _received;
    private readonly ulong[] _ambiguous;
    private readonly Write[] _lastWrites;
    private readonly int _mostPages;

    internal OracleRamBlock(OracleBlock model, int pageSize, PageFrames frames, OracleRamBlock? old)
    {
        if (model.UsedLength % pageSize != 0 || model.MaxLength % pageSize != 0 || model.UsedLength > model.MaxLength)
            throw new ArgumentException(
                $"block '{model.Name}': lengths must be multiples of the page size, used <= max", nameof(model));

        Model = model;
        UsedLength = model.UsedLength;
        _pageSize = pageSize;
        _frames = frames;
        _nameBytes = Encoding.UTF8.GetBytes(model.Name);
        _mostPages = checked((int)(model.MaxLength / pageSize));
        bool reuse = old is not null && old._pages.Length >= _mostPages;
        _zero = old is not null && old._pageSize == pageSize ? old._zero : new byte[pageSize];
        _pages = reuse ? old!._pages : new ReadOnlyMemory<byte>[_mostPages];
        _own = reuse ? old!._own : new byte[]?[_mostPages];
        _received = reuse ? old!._received : new ulong[(_mostPages + 63) / 64];
        _ambiguous = reuse ? old!._ambiguous : new ulong[(_mostPages + 63) / 64];
        _lastWrites = reuse ? old!._lastWrites : new Write[_mostPages];
    }

    /// <summary>Block idstr.</summary>
    public string Name => Model.Name;

    /// <summary>Length in use, bytes; a resizable block takes on the source's.</summary>
    public long UsedLength { get; internal set; }

    /// <summary>Number of pages in use.</summary>
    public int PageCount => (int)(UsedLength / _pageSize);

    /// <summary>Number of distinct pages received.</summary>
    public int ReceivedPages => _received.Sum(BitOperations.PopCount);

    /// <summary>Number of pages whose content depends on timing.</summary>
    public int AmbiguousPages => _ambiguous.Sum(BitOperations.PopCount);

    internal OracleBlock Model { get; }

    internal int PageSize => _pageSize;

    internal ReadOnlySpan<byte> NameBytes => _nameBytes;

    /// <summary>The content of a page.</summary>
    /// <param name="page">Page number in the block.</param>
    public ReadOnlySpan<byte> Page(int page) => _pages[page].Span;

    /// <summary>A copy of all pages in use.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[UsedLength];
        for (int page = 0; page < PageCount; page++)
            Page(page).CopyTo(bytes.AsSpan(page * _pageSize));
        return bytes;
    }

    /// <summary>Whether a whole record for the page came.</summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsReceived(int page) => (_received[page / 64] >> (page % 64) & 1) != 0;

    /// <summary>
    /// Whether the page's content depends on timing: two connections wrote it between two synchronisations.
    /// </summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsAmbiguous(int page) => (_ambiguous[page / 64] >> (page % 64) & 1) != 0;

    /// <summary>Makes the block as it was before the migration.</summary>
    internal void Fill(byte poison, ReadOnlyMemory<byte> initial)
    {
        byte[] poisoned = _frames.Take();
        poisoned.AsSpan().Fill(poison);
        _pages.AsSpan().Fill(poisoned);
        _own.AsSpan().Clear();
        _received.AsSpan().Clear();
        _ambiguous.AsSpan().Clear();
        _lastWrites.AsSpan(0, _mostPages).Clear();
        for (int page = 0; page * (long)_pageSize < initial.Length; page++)
        {
            ReadOnlyMemory<byte> content = initial[(page * _pageSize)..];
            content.Span[..Math.Min(content.Length, _pageSize)].CopyTo(Writable((ulong)page * (ulong)_pageSize));
        }
    }

    /// <summary>Gives the page at an offset below the used length the content of a page of the stream.</summary>
    internal void Set(ulong offset, ReadOnlyMemory<byte> content)
    {
        int page = (int)(offset / (ulong)_pageSize);
        _pages[page] = content;
        _own[page] = null;
    }

    /// <summary>Makes the page at an offset below the used length zero.</summary>
    internal void SetZero(ulong offset) => Set(offset, _zero);

    /// <summary>The page at an offset below the used length, to be changed in place.</summary>
    internal Span<byte> Writable(ulong offset)
    {
        int page = (int)(offset / (ulong)_pageSize);
        if (_own[page] is { } frame)
            return frame;
        frame = _frames.Take();
        _pages[page].CopyTo(frame);
        _pages[page] = _own[page] = frame;
        return frame;
    }

    /// <summary>Notes that a whole record changed the page.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    /// <param name="write">Who wrote it, and when.</param>
    internal void MarkReceived(ulong offset, Write write)
    {
        int page = (int)(offset / (ulong)_pageSize);
        ulong bit = 1UL << (page % 64);
        Write last = _lastWrites[page];
        _received[page / 64] |= bit;
        if (last.Epoch != write.Epoch)
            _ambiguous[page / 64] &= ~bit;
        else if (last.Connection != write.Connection)
            _ambiguous[page / 64] |= bit;
        _lastWrites[page] = write;
    }

    /// <summary>Notes that the page may or may not hold what a record said.</summary>
    /// <param name="offset">Offset of the page in the block.</param>
    internal void MarkAmbiguous(ulong offset)
    {
        int page = (int)(offset / (ulong)_pageSize);
        _ambiguous[page / 64] |= 1UL << (page % 64);
    }

    /// <summary>Who wrote a page and when.</summary>
    /// <param name="Epoch">Number of the synchronisation before which it was written, counted from 1.</param>
    /// <param name="Connection">Number of the connection.</param>
    internal readonly record struct Write(int Epoch, int Connection);
}
