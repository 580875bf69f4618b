using System.Buffers;
using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Destination.Memory;

/// <summary>A run of guest pages as memory that a channel can read into. Each reader has one and moves it from run to run, so that a run
/// costs no allocation; what it gave out before is void then.</summary>
internal sealed unsafe class GuestPages : MemoryManager<byte>
{
    private MemoryPiece _place;

    /// <summary>Moves to another run.</summary>
    /// <param name="place">Where the run lies.</param>
    /// <returns>Its memory, until the next move.</returns>
    public Memory<byte> At(MemoryPiece place)
    {
        _place = place;
        return CreateMemory((int)place.LengthBytes);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new((void*)_place.Address, (int)_place.LengthBytes);

    /// <summary>Guest memory stays in place without being pinned.</summary>
    /// <param name="elementIndex">The byte that is wanted.</param>
    /// <returns>Its address.</returns>
    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_place.Address + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }
}
