namespace Simulation.Oracle;

/// <summary>Storage for pages whose content stands nowhere in the stream as it is. What most migrations need is kept from one to the
/// next.</summary>
internal sealed class PageFrames
{
    private const int KeptFrames = 512;

    private readonly List<byte[]> _frames = [];
    private int _used;
    private int _pageSize;

    /// <summary>Takes all frames back.</summary>
    /// <param name="pageSize">Size of the frames from now on, bytes.</param>
    public void Reset(int pageSize)
    {
        if (_pageSize != pageSize)
            _frames.Clear();
        else if (_frames.Count > KeptFrames)
            _frames.RemoveRange(KeptFrames, _frames.Count - KeptFrames);
        _pageSize = pageSize;
        _used = 0;
    }

    /// <summary>A frame of one page; its content is what it was used for last.</summary>
    public byte[] Take()
    {
        if (_used == _frames.Count)
            _frames.Add(new byte[_pageSize]);
        return _frames[_used++];
    }
}
