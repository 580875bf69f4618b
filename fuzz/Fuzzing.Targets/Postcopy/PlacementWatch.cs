using Qemu.Migration.Destination.Hosting;

namespace Fuzzing.Targets.Postcopy;

/// <summary>Counts how often each page is placed while the guest runs here. What the guest itself writes does not count.</summary>
internal sealed class PlacementWatch : GuestPageWatch
{
    private readonly byte[] _placed = new byte[Machines.NoneRamBytes >> 12];
    private bool _isOpen;

    /// <summary>Whether the guest writes now.</summary>
    public bool GuestWrites { get; set; }

    /// <summary>A page that was placed twice, or null.</summary>
    public long? PlacedTwice { get; private set; }

    /// <summary>Begins a run: what precopy writes does not count.</summary>
    public void Reset()
    {
        Array.Clear(_placed);
        PlacedTwice = null;
        _isOpen = false;
    }

    /// <summary>From now on placements count.</summary>
    public void Open() => _isOpen = true;

    /// <inheritdoc/>
    public override void WriteBegins(string block, long firstPage, long pageCount)
    {
    }

    /// <inheritdoc/>
    public override void WriteEnded(string block, long firstPage, long pageCount)
    {
        for (long page = firstPage; page < firstPage + pageCount && _isOpen && !GuestWrites; page++)
        {
            if (_placed[page]++ > 0)
                PlacedTwice ??= page;
        }
    }
}
