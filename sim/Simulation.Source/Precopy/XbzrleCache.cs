using System.Buffers;
using Simulation.Source.Guest;

namespace Simulation.Source.Precopy;

/// <summary>
/// The source's cache of pages as the destination has them (stream reference, section 3.3): direct-mapped, a slot for each page
/// of its size. A page pushes out another only when that one was neither stored nor found for two generations.
/// </summary>
public sealed class XbzrleCache : IDisposable
{
    /// <summary>CACHED_PAGE_LIFETIME: generations that a page is safe from being pushed out.</summary>
    private const long Lifetime = 2;

    private readonly int _pageBytes;
    private readonly int[] _pages;
    private readonly long[] _ages;
    private byte[] _contents;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="sizeBytes">Its size in bytes, a power of two, at least a page.</param>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public XbzrleCache(long sizeBytes, int pageBytes = GuestRam.UsualPageBytes)
    {
        _pageBytes = pageBytes;
        int slots = checked((int)(sizeBytes / pageBytes));
        if (!int.IsPow2(slots))
            throw new ArgumentException("The cache is not a power of two pages.", nameof(sizeBytes));
        _pages = new int[slots];
        _ages = new long[slots];
        _contents = ArrayPool<byte>.Shared.Rent(slots * pageBytes);
        Array.Fill(_pages, -1);
    }

    /// <summary>Empties the cache and keeps its memory.</summary>
    public void Reset() => Array.Fill(_pages, -1);

    /// <summary>Looks a page up; a page found is young again.</summary>
    /// <param name="page">Number of the page.</param>
    /// <param name="generation">dirty-sync-count.</param>
    /// <param name="content">The page as the destination has it, to be overwritten when that changes.</param>
    /// <returns>Whether it is cached.</returns>
    public bool TryGet(int page, long generation, out Span<byte> content)
    {
        int slot = page & (_pages.Length - 1);
        if (_pages[slot] != page)
        {
            content = default;
            return false;
        }
        _ages[slot] = generation;
        content = ContentOf(slot);
        return true;
    }

    /// <summary>Stores a page.</summary>
    /// <param name="page">Number of the page.</param>
    /// <param name="content">What was sent.</param>
    /// <param name="generation">dirty-sync-count.</param>
    /// <returns>False when the slot is held by another page that is still young.</returns>
    public bool TryInsert(int page, ReadOnlySpan<byte> content, long generation)
    {
        int slot = page & (_pages.Length - 1);
        if (_pages[slot] >= 0 && _pages[slot] != page && _ages[slot] + Lifetime > generation)
            return false;
        _pages[slot] = page;
        _ages[slot] = generation;
        content.CopyTo(ContentOf(slot));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_contents);
        _contents = [];
    }

    private Span<byte> ContentOf(int slot) => _contents.AsSpan(slot * _pageBytes, _pageBytes);
}
