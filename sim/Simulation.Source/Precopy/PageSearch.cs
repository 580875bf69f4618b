using Simulation.Source.Guest;

namespace Simulation.Source.Precopy;

/// <summary>What a step of the search for a dirty page found.</summary>
internal enum SearchResult
{
    /// <summary>A page to send.</summary>
    Page,

    /// <summary>The end of RAM: a round is over, the search goes on at the first block.</summary>
    Wrapped,

    /// <summary>Nothing: each page was looked at.</summary>
    Clean,
}

/// <summary>
/// The search for the next dirty page. It goes round through all blocks and remembers where it stopped, from one section to the
/// next; each time it passes the end of RAM a round is over, which is when modern multifd synchronises (stream reference,
/// section 4.6) and when XBZRLE starts (section 3.3).
/// </summary>
internal sealed class PageSearch
{
    private readonly GuestRam _ram;
    private readonly DirtyBitmap _dirty;
    private int _block;
    private int _page;
    private int _startBlock;
    private int _startPage;
    private bool _completeRound;
    private bool _searching;

    public PageSearch(GuestRam ram, DirtyBitmap dirty)
    {
        _ram = ram;
        _dirty = dirty;
    }

    /// <summary>The block of the page found.</summary>
    public GuestBlock Block => _ram.Blocks[_block];

    /// <summary>Begins at the first page again.</summary>
    public void Reset()
    {
        _block = 0;
        _page = 0;
        _searching = false;
    }

    /// <summary>Goes on behind a page that was asked for.</summary>
    /// <param name="page">The page.</param>
    public void JumpTo(int page)
    {
        _block = 0;
        while (page >= Block.EndPage)
            _block++;
        _page = page + 1;
        _searching = false;
    }

    /// <summary>Goes on searching; after <see cref="SearchResult.Wrapped"/> call it again.</summary>
    /// <param name="page">The page found, still marked dirty.</param>
    /// <returns>What was found.</returns>
    public SearchResult Next(out int page)
    {
        page = -1;
        if (_ram.Blocks.Count == 0)
            return SearchResult.Clean;
        if (!_searching)
        {
            _searching = true;
            _completeRound = false;
            _startBlock = _block;
            _startPage = _page;
        }
        while (true)
        {
            _page = _dirty.Next(_page, Block.EndPage);
            if (_completeRound && _block == _startBlock && _page >= _startPage)
                return Finish(SearchResult.Clean);
            if (_page < Block.EndPage)
            {
                page = _page++;
                return Finish(SearchResult.Page);
            }
            if (++_block < _ram.Blocks.Count)
            {
                _page = Block.FirstPage;
                continue;
            }
            _block = 0;
            _page = 0;
            _completeRound = true;
            return SearchResult.Wrapped;
        }
    }

    private SearchResult Finish(SearchResult result)
    {
        _searching = false;
        return result;
    }
}
