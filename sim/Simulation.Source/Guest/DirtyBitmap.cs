using System.Numerics;

namespace Simulation.Source.Guest;

/// <summary>A bit for each page of the guest: the guest's dirty log, and the source's bitmap of pages still to send.</summary>
public sealed class DirtyBitmap
{
    private ulong[] _words = [];
    private int _pageCount;

    /// <summary>How many bits are set.</summary>
    public int Count { get; private set; }

    /// <summary>Makes it the bitmap of another guest, all clear.</summary>
    /// <param name="pageCount">Pages of the guest.</param>
    public void Reset(int pageCount)
    {
        int words = (pageCount + 63) / 64;
        if (_words.Length < words)
            _words = new ulong[words];
        else
            _words.AsSpan(0, words).Clear();
        _pageCount = pageCount;
        Count = 0;
    }

    /// <summary>Sets a page's bit.</summary>
    /// <param name="page">Number of the page.</param>
    public void Set(int page)
    {
        ref ulong word = ref _words[page >> 6];
        ulong bit = 1UL << (page & 63);
        if ((word & bit) == 0)
            Count++;
        word |= bit;
    }

    /// <summary>Sets the bits of a range.</summary>
    /// <param name="first">The first page.</param>
    /// <param name="end">The page behind the last.</param>
    public void SetRange(int first, int end)
    {
        for (int page = first; page < end; page++)
            Set(page);
    }

    /// <summary>Whether a page's bit is set.</summary>
    /// <param name="page">Number of the page.</param>
    /// <returns>True when set.</returns>
    public bool Contains(int page) => (_words[page >> 6] >> (page & 63) & 1) != 0;

    /// <summary>Clears a page's bit.</summary>
    /// <param name="page">Number of the page.</param>
    public void Clear(int page)
    {
        ref ulong word = ref _words[page >> 6];
        ulong bit = 1UL << (page & 63);
        if ((word & bit) != 0)
            Count--;
        word &= ~bit;
    }

    /// <summary>Moves the bits of another bitmap of the same guest into this one; the other is clear afterwards.</summary>
    /// <param name="other">For instance the guest's dirty log.</param>
    /// <param name="first">The first page moved, with its whole word.</param>
    /// <param name="end">The page behind the last.</param>
    public void TakeRange(DirtyBitmap other, int first, int end)
    {
        for (int page = other.Next(first, end); page < end; page = other.Next(page + 1, end))
        {
            Set(page);
            other.Clear(page);
        }
    }

    /// <summary>The next page whose bit is set.</summary>
    /// <param name="from">The first page looked at.</param>
    /// <param name="end">The page behind the last looked at.</param>
    /// <returns>Its number, or <paramref name="end"/> when there is none.</returns>
    public int Next(int from, int end)
    {
        if (from >= end)
            return end;
        int index = from >> 6;
        ulong word = _words[index] & (ulong.MaxValue << (from & 63));
        while (word == 0)
        {
            if (++index << 6 >= end)
                return end;
            word = _words[index];
        }
        return Math.Min(end, (index << 6) + BitOperations.TrailingZeroCount(word));
    }
}
