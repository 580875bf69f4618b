using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>
/// Guest memory that is used again from run to run. A region that lies in the pool is all one byte up to some length; only what a
/// run has touched is filled again, so that a run costs what it writes and not what it maps.
/// </summary>
internal sealed class PooledMemory
{
    private const long MostFreeBytes = 32 << 20;

    /// <summary>Room behind each region: a destination that writes the page behind a block's last is found out by what it accepted, and
    /// does not damage the harness before that.</summary>
    private const int SlackBytes = 64 << 10;

    /// <summary>Regions from here on are made for one run: most of such a region is never touched, and nobody fills or clears it.</summary>
    private const long LargeBytes = 32 << 20;

    private readonly List<Region> _free = [];
    private readonly List<Region?> _lent = [];
    private readonly List<LargeRegion> _large = [];

    /// <summary>Lends a region, all of it one byte.</summary>
    /// <param name="lengthBytes">Its length at least.</param>
    /// <param name="poison">The byte; null for zero, known to the destination.</param>
    /// <param name="host">The kind of memory.</param>
    /// <returns>The region. It is taken back with the others; disposing it does nothing.</returns>
    public GuestMemoryRegion Rent(long lengthBytes, byte? poison, HostOptions host)
    {
        if (lengthBytes >= LargeBytes && poison is null)
        {
            LargeRegion large = new(lengthBytes, host);
            _large.Add(large);
            _lent.Add(null);
            return large;
        }

        Region region = Take(lengthBytes, poison ?? 0) ?? new Region(lengthBytes);
        region.Lend(lengthBytes, poison, host);
        _lent.Add(region);
        return region;
    }

    /// <summary>Takes all regions back.</summary>
    /// <param name="blocks">The blocks that were made of them, in their order, when nothing but received pages was written;
    /// null when that is not known.</param>
    /// <param name="pageBytes">The size of their pages.</param>
    public void TakeBack(IReadOnlyList<RamBlock>? blocks, int pageBytes)
    {
        for (int i = 0; i < _lent.Count; i++)
        {
            if (_lent[i] is not { } region)
                continue;
            region.TakeBack(blocks?[i].Received, pageBytes);
            _free.Add(region);
        }

        foreach (LargeRegion region in _large)
            region.Free();
        _large.Clear();

        _lent.Clear();

        // The regions not used for longest stand in front, and go.
        long excess = _free.Sum(region => region.LengthBytes) - MostFreeBytes;
        while (excess > 0)
        {
            excess -= _free[0].LengthBytes;
            _free[0].Free();
            _free.RemoveAt(0);
        }
    }

    // The smallest that is large enough, and rather one that need not be filled.
    private Region? Take(long lengthBytes, byte content)
    {
        Region? best = null;
        foreach (Region region in _free)
        {
            if (region.LengthBytes >= lengthBytes && (best is null || Cost(region) < Cost(best)))
                best = region;
        }

        if (best is not null)
            _free.Remove(best);
        return best;

        long Cost(Region region) => region.LengthBytes + (region.IsReady(lengthBytes, content) ? 0 : long.MaxValue / 2);
    }

    private sealed unsafe class Region : GuestMemoryRegion
    {
        private readonly NativeMemoryRegion _memory;
        private byte _content;
        private long _readyBytes;
        private long _usedBytes;
        private bool _isZero;
        private WriteThroughFile _file;

        public Region(long capacityBytes)
        {
            _memory = new(capacityBytes + SlackBytes);
            LengthBytes = capacityBytes;
            _readyBytes = capacityBytes;
        }

        public override byte* Address => _memory.Address;

        public override long LengthBytes { get; }

        public override bool InitiallyZero => _isZero;

        public override bool IsWrittenThrough => _file.TakesWrites;

        public bool IsReady(long lengthBytes, byte content) => _content == content && _readyBytes >= lengthBytes;

        public void Lend(long lengthBytes, byte? poison, HostOptions host)
        {
            byte content = poison ?? 0;
            if (!IsReady(lengthBytes, content))
            {
                new Span<byte>(Address, checked((int)lengthBytes)).Fill(content);
                _readyBytes = lengthBytes;
                _content = content;
            }

            _usedBytes = lengthBytes;
            _isZero = poison is null;
            _file = new(host);
        }

        public override void Populate(long offset, long lengthBytes) =>
            RegionRange.Require(offset, lengthBytes, _usedBytes, "are to be made present in");

        public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
        {
            _file.Note(offset, (long)pieceBytes * count, _usedBytes);
            base.Write(offset, in source, pieceBytes, strideBytes, count);
        }

        public void TakeBack(PageBitmap? touched, int pageBytes)
        {
            if (touched is null)
            {
                _readyBytes = 0;
                return;
            }

            for (int page = 0; page < _usedBytes / pageBytes; page++)
            {
                if (touched[page])
                    new Span<byte>(Address + ((long)page * pageBytes), pageBytes).Fill(_content);
            }
        }

        public void Free() => _memory.Dispose();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
