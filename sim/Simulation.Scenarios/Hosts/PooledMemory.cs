using Qemu.Migration.Destination.Environment;
using Qemu.Migration.Destination.Memory;

namespace Simulation.Scenarios.Hosts;

/// <summary>
/// Guest memory that is used again from run to run. Between runs every byte is the poison; only what a run has touched is poisoned
/// again, so that a run costs what it writes and not what it maps.
/// </summary>
internal sealed class PooledMemory
{
    private const int PageBytes = 4096;
    private const int MostRegions = 32;

    private readonly List<Region> _free = [];
    private readonly List<Region> _lent = [];

    /// <summary>Bytes lent since the last <see cref="TakeBack"/>.</summary>
    public long LentBytes => _lent.Sum(region => region.LengthBytes);

    /// <summary>Lends a region of exactly some length, all of it one byte.</summary>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="poison">The byte; null for zero, known to the destination.</param>
    /// <returns>The region. It is taken back with the others; disposing it does nothing.</returns>
    public GuestMemoryRegion Rent(long lengthBytes, byte? poison)
    {
        int index = _free.FindLastIndex(region => region.LengthBytes == lengthBytes);
        Region region = index < 0 ? new Region(lengthBytes) : _free[index];
        if (index >= 0)
            _free.RemoveAt(index);
        region.Lend(poison);
        _lent.Add(region);
        return region;
    }

    /// <summary>Takes all regions back.</summary>
    /// <param name="blocks">The blocks that were made of them, in their order, when nothing but received pages was written;
    /// null when that is not known.</param>
    public void TakeBack(IReadOnlyList<RamBlock>? blocks)
    {
        for (int i = 0; i < _lent.Count; i++)
        {
            _lent[i].TakeBack(blocks?[i].Received);
            _free.Add(_lent[i]);
        }

        _lent.Clear();

        // Lengths differ from run to run: the regions not used for longest stand in front, and go.
        for (int excess = _free.Count - MostRegions; excess > 0; excess--)
        {
            _free[0].Free();
            _free.RemoveAt(0);
        }
    }

    private sealed unsafe class Region(long lengthBytes) : GuestMemoryRegion
    {
        private readonly NativeMemoryRegion _memory = new(lengthBytes);
        private byte _content;
        private bool _isDirty;
        private bool _isZero;

        public override byte* Address => _memory.Address;

        public override long LengthBytes => lengthBytes;

        public override bool InitiallyZero => _isZero;

        private Span<byte> All => new(Address, checked((int)lengthBytes));

        public void Lend(byte? poison)
        {
            byte content = poison ?? 0;
            if (_isDirty || content != _content)
                All.Fill(content);
            _content = content;
            _isZero = poison is null;
            _isDirty = true;
        }

        public void TakeBack(PageBitmap? touched)
        {
            if (touched is null)
                return;
            for (int page = 0; page < lengthBytes / PageBytes; page++)
            {
                if (touched[page])
                    All.Slice(page * PageBytes, PageBytes).Fill(_content);
            }

            _isDirty = false;
        }

        public void Free() => _memory.Dispose();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
