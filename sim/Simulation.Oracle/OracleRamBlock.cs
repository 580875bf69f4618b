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
    private readonly byte[] _bytes;
    private readonly ulong[] _received;
    private readonly ulong[] _ambiguous;
    private readonly ulong[] _touched;
    private readonly Write[] _lastWrites;
    private readonly long _maxLength;

    // Up to this length every byte is this value but for touched pages, so that a block read again is not filled whole again.
    private int _filledWith = -1;
    private long _filledLength;

    internal OracleRamBlock(OracleBlock model, int pageSize, OracleRamBlock? old)
    {
        if (model.UsedLength % pageSize != 0 || model.MaxLength % pageSize != 0 || model.UsedLength > model.MaxLength)
            throw new ArgumentException(
                $"block '{model.Name}': lengths must be multiples of the page size, used <= max", nameof(model));

        Model = model;
        UsedLength = model.UsedLength;
        _pageSize = pageSize;
        _nameBytes = Encoding.UTF8.GetBytes(model.Name);
        _maxLength = model.MaxLength;
        int pages = checked((int)(model.MaxLength / pageSize));
        bool reuse = old is not null && old._bytes.Length >= model.MaxLength && old._pageSize == pageSize;
        _bytes = reuse ? old!._bytes : new byte[model.MaxLength];
        _received = reuse ? old!._received : new ulong[(pages + 63) / 64];
        _ambiguous = reuse ? old!._ambiguous : new ulong[(pages + 63) / 64];
        _touched = reuse ? old!._touched : new ulong[(pages + 63) / 64];
        _lastWrites = reuse ? old!._lastWrites : new Write[pages];
        if (reuse)
            (_filledWith, _filledLength) = (old!._filledWith, old._filledLength);
    }

    /// <summary>Block idstr.</summary>
    public string Name => Model.Name;

    /// <summary>Length in use, bytes; a resizable block takes on the source's.</summary>
    public long UsedLength { get; internal set; }

    /// <summary>Number of pages in use.</summary>
    public int PageCount => (int)(UsedLength / _pageSize);

    /// <summary>The bytes in use.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, (int)UsedLength);

    /// <summary>Number of distinct pages received.</summary>
    public int ReceivedPages => _received.Sum(BitOperations.PopCount);

    /// <summary>Number of pages whose content depends on timing.</summary>
    public int AmbiguousPages => _ambiguous.Sum(BitOperations.PopCount);

    internal OracleBlock Model { get; }

    internal int PageSize => _pageSize;

    internal ReadOnlySpan<byte> NameBytes => _nameBytes;

    /// <summary>Whether a whole record for the page came.</summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsReceived(int page) => (_received[page / 64] >> (page % 64) & 1) != 0;

    /// <summary>
    /// Whether the page's content depends on timing: two connections wrote it between two synchronisations.
    /// </summary>
    /// <param name="page">Page number in the block.</param>
    public bool IsAmbiguous(int page) => (_ambiguous[page / 64] >> (page % 64) & 1) != 0;

    /// <summary>Makes the block as it was before the migration.</summary>
    internal void Fill(byte poison, ReadOnlySpan<byte> initial)
    {
        if (_filledWith == poison && _filledLength >= _maxLength)
            FillTouched(poison);
        else
            _bytes.AsSpan(0, (int)_maxLength).Fill(poison);
        _filledLength = Math.Max(_filledWith == poison ? _filledLength : 0, _maxLength);
        _filledWith = initial.IsEmpty ? poison : -1;
        initial.CopyTo(_bytes);
        Array.Clear(_touched);
        Array.Clear(_received);
        Array.Clear(_ambiguous);
        Array.Clear(_lastWrites);
    }

    /// <summary>The page at an offset below the used length, to be changed in place.</summary>
    internal Span<byte> Page(ulong offset)
    {
        int page = (int)(offset / (ulong)_pageSize);
        _touched[page / 64] |= 1UL << (page % 64);
        return _bytes.AsSpan((int)offset, _pageSize);
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

    private void FillTouched(byte poison)
    {
        for (int word = 0; word < _touched.Length; word++)
        {
            for (ulong bits = _touched[word]; bits != 0; bits &= bits - 1)
                _bytes.AsSpan(((word * 64) + BitOperations.TrailingZeroCount(bits)) * _pageSize, _pageSize).Fill(poison);
        }
    }

    /// <summary>Who wrote a page and when.</summary>
    /// <param name="Epoch">Number of the synchronisation before which it was written, counted from 1.</param>
    /// <param name="Connection">Number of the connection.</param>
    internal readonly record struct Write(int Epoch, int Connection);
}
