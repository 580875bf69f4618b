using System.Runtime.InteropServices;

namespace Simulation.Source.Guest;

/// <summary>
/// The guest's memory as page frames, copied on write: a page is the zero page, a page of the library or a frame of its own.
/// Nothing is cleared or filled that the guest has not written, so that a fresh guest costs four bytes a page.
/// </summary>
public sealed class GuestRam
{
    /// <summary>TARGET_PAGE_SIZE of x86.</summary>
    public const int UsualPageBytes = 4096;

    private const int SlabPages = 64;

    // What is kept from guest to guest for pages that are written.
    private const int KeptBytes = 4 << 20;

    private readonly List<byte[]> _slabs = [];
    private readonly Stack<int> _free = [];
    private GuestBlock[] _blocks = [];
    private int[] _frames = [];
    private int _pageCount;
    private int _ownFrames;
    private byte[] _library = [];

    /// <summary>Makes the memory, all zero.</summary>
    /// <param name="layout">The blocks in the order of the MEM_SIZE list.</param>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public GuestRam(IReadOnlyList<RamBlockLayout> layout, int pageBytes = UsualPageBytes) => Reset(layout, pageBytes);

    /// <summary>TARGET_PAGE_SIZE: bytes of a page.</summary>
    public int PageBytes { get; private set; }

    /// <summary>The blocks in the order of the MEM_SIZE list.</summary>
    public IReadOnlyList<GuestBlock> Blocks => _blocks;

    /// <summary>Pages of all blocks together.</summary>
    public int PageCount => _pageCount;

    /// <summary>Makes it the memory of another guest, all zero, and keeps what most guests need.</summary>
    /// <param name="layout">The blocks in the order of the MEM_SIZE list.</param>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public void Reset(IReadOnlyList<RamBlockLayout> layout, int pageBytes = UsualPageBytes)
    {
        bool hasOtherPages = PageBytes != pageBytes;
        if (hasOtherPages)
        {
            PageBytes = pageBytes;
            _library = PageLibrary.Frames(pageBytes);
            _slabs.Clear();
        }
        if (hasOtherPages || _blocks.Length != layout.Count || !_blocks.Select(block => block.Layout).SequenceEqual(layout))
            Lay(layout);
        _frames.AsSpan(0, _pageCount).Clear();
        _ownFrames = 0;
        _free.Clear();
        int keptSlabs = KeptBytes / (SlabPages * pageBytes);
        if (_slabs.Count > keptSlabs)
            _slabs.RemoveRange(keptSlabs, _slabs.Count - keptSlabs);
    }

    /// <summary>Whether a page is all zero.</summary>
    /// <param name="page">Number of the page.</param>
    /// <returns>True when each byte is 0.</returns>
    public bool IsZero(int page) =>
        _frames[page] == 0 || (_frames[page] >= PageLibrary.FrameCount && Page(page).IndexOfAnyExcept((byte)0) < 0);

    /// <summary>The content of a page; valid until the next write.</summary>
    /// <param name="page">Number of the page.</param>
    /// <returns>One page.</returns>
    public ReadOnlySpan<byte> Page(int page)
    {
        int frame = _frames[page];
        return frame < PageLibrary.FrameCount ? _library.AsSpan(frame * PageBytes, PageBytes) : Own(frame);
    }

    /// <summary>Gives a page the content of a library frame.</summary>
    /// <param name="page">Number of the page.</param>
    /// <param name="frame">0, the zero page, to <see cref="PageLibrary.FrameCount"/> - 1.</param>
    public void Assign(int page, int frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)frame, (uint)PageLibrary.FrameCount);
        if (_frames[page] >= PageLibrary.FrameCount)
            _free.Push(_frames[page]);
        _frames[page] = frame;
    }

    /// <summary>A page to write in; its content is kept.</summary>
    /// <param name="page">Number of the page.</param>
    /// <returns>One page; valid until the next call that changes the memory.</returns>
    public Span<byte> Writable(int page)
    {
        int frame = _frames[page];
        if (frame >= PageLibrary.FrameCount)
            return Own(frame);
        int own = TakeFrame();
        Span<byte> content = Own(own);
        _library.AsSpan(frame * PageBytes, PageBytes).CopyTo(content);
        _frames[page] = own;
        return content;
    }

    /// <summary>Writes bytes into a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offsetBytes">Where in the block, in bytes.</param>
    /// <param name="content">What; must end inside the block.</param>
    public void Write(GuestBlock block, long offsetBytes, ReadOnlySpan<byte> content)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes + content.Length, block.Layout.LengthBytes);
        while (!content.IsEmpty)
        {
            int page = block.FirstPage + (int)(offsetBytes / PageBytes);
            int inPage = (int)(offsetBytes % PageBytes);
            int count = Math.Min(PageBytes - inPage, content.Length);
            if (count < PageBytes || content[..count].IndexOfAnyExcept((byte)0) >= 0)
                content[..count].CopyTo(Writable(page)[inPage..]);
            else
                Assign(page, 0);
            content = content[count..];
            offsetBytes += count;
        }
    }

    /// <summary>Copies a whole block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="destination">At least the block's length.</param>
    public void CopyTo(GuestBlock block, Span<byte> destination)
    {
        for (int i = 0; i < block.PageCount; i++)
            Page(block.FirstPage + i).CopyTo(destination.Slice(i * PageBytes, PageBytes));
    }

    private void Lay(IReadOnlyList<RamBlockLayout> layout)
    {
        _blocks = new GuestBlock[layout.Count];
        int page = 0;
        for (int i = 0; i < _blocks.Length; i++)
        {
            RamBlockLayout block = layout[i];
            if (block.LengthBytes < block.FreeBytes || block.LengthBytes % PageBytes != 0 || block.FreeBytes % PageBytes != 0)
                throw new ArgumentException($"Block {block.Name} is not of whole pages.", nameof(layout));
            _blocks[i] = new GuestBlock(i, block, page, checked((int)((block.LengthBytes - block.FreeBytes) / PageBytes)), PageBytes);
            page = _blocks[i].EndPage;
        }
        _pageCount = page;
        if (_frames.Length < page)
            _frames = new int[page];
    }

    private Span<byte> Own(int frame)
    {
        int own = frame - PageLibrary.FrameCount;
        ref byte slab = ref MemoryMarshal.GetArrayDataReference(_slabs[own / SlabPages]);
        return MemoryMarshal.CreateSpan(ref slab, SlabPages * PageBytes).Slice(own % SlabPages * PageBytes, PageBytes);
    }

    private int TakeFrame()
    {
        if (_free.TryPop(out int frame))
            return frame;
        if (_ownFrames == _slabs.Count * SlabPages)
            _slabs.Add(GC.AllocateUninitializedArray<byte>(SlabPages * PageBytes));
        return PageLibrary.FrameCount + _ownFrames++;
    }
}
