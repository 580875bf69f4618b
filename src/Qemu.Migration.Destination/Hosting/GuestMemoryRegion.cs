using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Qemu.Migration.Destination.Hosting;

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

    /// <summary>Tells that postcopy may begin: pages come one by one, and the guest waits for them one by one. Larger pages than the
    /// guest's then cost more than they save. An optimisation: the default does nothing.</summary>
    public virtual void ExpectSinglePages()
    {
    }

    /// <summary>Whether bytes are better handed to <see cref="Write"/> in long runs than stored at their addresses: true where the
    /// first touch of an address costs more than one copy more. An optimisation: both ways lead to the same memory.</summary>
    public virtual bool IsWrittenThrough => false;

    /// <summary>Stores pieces that lie a stride apart, one close behind the other. Several tasks may do so at a time.</summary>
    /// <param name="offset">Where the first piece goes; all of them lie inside the region.</param>
    /// <param name="source">The first piece's first byte.</param>
    /// <param name="pieceBytes">Length of a piece in bytes.</param>
    /// <param name="strideBytes">From one piece's first byte to that of the next.</param>
    /// <param name="count">How many pieces.</param>
    public virtual void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ref byte piece = ref Unsafe.Add(ref Unsafe.AsRef(in source), (nint)i * strideBytes);
            Unsafe.CopyBlockUnaligned(ref *(Address + offset + ((long)i * pieceBytes)), in piece, (uint)pieceBytes);
        }
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
