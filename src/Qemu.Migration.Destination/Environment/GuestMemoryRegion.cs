using System.Runtime.InteropServices;

namespace Qemu.Migration.Destination.Environment;

/// <summary>Memory for one RAM block, outside the GC heap, page-aligned and fixed in place until disposed.</summary>
public abstract unsafe class GuestMemoryRegion : IDisposable
{
    /// <summary>The first byte.</summary>
    public abstract byte* Address { get; }

    /// <summary>Length in bytes.</summary>
    public abstract long LengthBytes { get; }

    /// <summary>Whether every byte is 0 at first. Where this is so, a zero page that was never written needs no write, and its
    /// memory is never touched.</summary>
    public abstract bool InitiallyZero { get; }

    /// <summary>Tells that a range is about to be written, in ascending order, so that its pages can be made present at once.
    /// An optimisation: the default does nothing.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="lengthBytes">Length in bytes; the range lies inside the region.</param>
    public virtual void Populate(long offset, long lengthBytes)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the memory.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>Zeroed memory of the C allocator: large blocks are mapped lazily, so that untouched guest memory costs nothing.</summary>
public sealed unsafe class NativeMemoryRegion : GuestMemoryRegion
{
    private const long Alignment = 4096;
    private void* _allocation;

    /// <summary>Allocates a region.</summary>
    /// <param name="lengthBytes">Its length in bytes, not negative.</param>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public NativeMemoryRegion(long lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        _allocation = NativeMemory.AllocZeroed((nuint)(lengthBytes + Alignment));
        Address = (byte*)(((nint)_allocation + (nint)Alignment - 1) & ~((nint)Alignment - 1));
        LengthBytes = lengthBytes;
        if (lengthBytes > 0)
            GC.AddMemoryPressure(lengthBytes);
    }

    /// <summary>Frees the memory where nobody disposed of it.</summary>
    ~NativeMemoryRegion() => Dispose(false);

    /// <inheritdoc/>
    public override byte* Address { get; }

    /// <inheritdoc/>
    public override long LengthBytes { get; }

    /// <inheritdoc/>
    public override bool InitiallyZero => true;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_allocation is null)
            return;
        NativeMemory.Free(_allocation);
        _allocation = null;
        if (LengthBytes > 0)
            GC.RemoveMemoryPressure(LengthBytes);
    }
}
