using System.Numerics;
using System.Runtime.InteropServices;

namespace Qemu.Migration.Destination.Memory;

/// <summary>One bit a page. Bits are set by the loader's tasks and may be read at any time.</summary>
internal sealed class PageBitmap
{
    private readonly ulong[] _words;

    /// <summary>Makes a bitmap with no bit set.</summary>
    /// <param name="pageCount">Pages, not negative.</param>
    public PageBitmap(long pageCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pageCount);
        PageCount = pageCount;
        _words = new ulong[(pageCount + 63) / 64];
    }

    /// <summary>Pages covered.</summary>
    public long PageCount { get; }

    /// <summary>Bit k of word k/64 is page k.</summary>
    internal ref ulong Words => ref MemoryMarshal.GetArrayDataReference(_words);

    /// <summary>All words.</summary>
    internal ReadOnlySpan<ulong> AllWords => _words;

    /// <summary>Whether a page's bit is set.</summary>
    /// <param name="page">Its number, from 0.</param>
    public bool this[long page] => (Volatile.Read(ref _words[page >> 6]) >> (int)(page & 63) & 1) != 0;

    /// <summary>Counts the bits set.</summary>
    /// <returns>0 to <see cref="PageCount"/>.</returns>
    public long Count()
    {
        long count = 0;
        foreach (ulong word in _words)
            count += BitOperations.PopCount(word);
        return count;
    }

    internal void SetAll()
    {
        Array.Fill(_words, ulong.MaxValue);
        if ((PageCount & 63) != 0)
            _words[^1] = (1UL << (int)(PageCount & 63)) - 1;
    }

    internal void Clear() => Array.Clear(_words);
}
