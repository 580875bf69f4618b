namespace Simulation.Oracle;

/// <summary>
/// Every content that a page of one block may be left with: what it held before, and each version that came. Several connections write
/// at once, or a migration fails in the middle, so the last version is not the only one possible.
/// </summary>
internal sealed class PageVersions
{
    private readonly Dictionary<int, int> _newest = [];
    private readonly List<(ReadOnlyMemory<byte> Content, int Older)> _versions = [];
    private readonly List<(int Page, ReadOnlyMemory<byte> Beginning)> _torn = [];
    private readonly HashSet<int> _undefined = [];

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _newest.Clear();
        _versions.Clear();
        _torn.Clear();
        _undefined.Clear();
    }

    /// <summary>Adds a version that came whole.</summary>
    /// <param name="page">Page number in the block.</param>
    /// <param name="content">The content; it must stay as it is.</param>
    public void Add(int page, ReadOnlyMemory<byte> content)
    {
        _versions.Add((content, _newest.GetValueOrDefault(page, -1)));
        _newest[page] = _versions.Count - 1;
    }

    /// <summary>Forgets the versions of a page.</summary>
    /// <param name="page">Page number in the block.</param>
    public void Forget(int page) => _newest.Remove(page);

    /// <summary>Whether every version of a page is the same content.</summary>
    /// <param name="page">Page number in the block.</param>
    /// <param name="content">The content.</param>
    public bool AreAll(int page, ReadOnlyMemory<byte> content)
    {
        for (int i = _newest.GetValueOrDefault(page, -1); i >= 0; i = _versions[i].Older)
        {
            if (!content.Span.SequenceEqual(_versions[i].Content.Span))
                return false;
        }
        return true;
    }

    /// <summary>Adds the beginning of a version whose rest did not come.</summary>
    /// <param name="page">Page number in the block.</param>
    /// <param name="beginning">The bytes that came; they must stay as they are.</param>
    public void AddTorn(int page, ReadOnlyMemory<byte> beginning) => _torn.Add((page, beginning));

    /// <summary>Notes that a page may hold anything.</summary>
    /// <param name="page">Page number in the block.</param>
    public void AllowAnything(int page) => _undefined.Add(page);

    /// <summary>Whether a page may hold something.</summary>
    /// <param name="page">Page number in the block.</param>
    /// <param name="content">What it holds.</param>
    /// <param name="before">What it held before the migration.</param>
    /// <param name="mayBeTorn">Whether a version that did not come whole may have been written as far as it came.</param>
    public bool MayHold(int page, ReadOnlySpan<byte> content, ReadOnlySpan<byte> before, bool mayBeTorn)
    {
        if (_undefined.Contains(page) || EndsAsAVersion(page, content, before, 0))
            return true;
        if (!mayBeTorn)
            return false;
        foreach (var (tornPage, beginning) in _torn)
        {
            if (tornPage == page && content.StartsWith(beginning.Span) && EndsAsAVersion(page, content, before, beginning.Length))
                return true;
        }
        return false;
    }

    private bool EndsAsAVersion(int page, ReadOnlySpan<byte> content, ReadOnlySpan<byte> before, int from)
    {
        for (int i = _newest.GetValueOrDefault(page, -1); i >= 0; i = _versions[i].Older)
        {
            if (content[from..].SequenceEqual(_versions[i].Content.Span[from..]))
                return true;
        }
        return content[from..].SequenceEqual(before[from..]);
    }
}
