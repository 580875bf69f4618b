using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>
/// Private memory, in huge pages where the kernel has some and postcopy is not to come: present only where it was written, and a little
/// ahead of a run of first writes, where a thread of its own takes the cost of making pages present off the loader.
/// </summary>
internal sealed unsafe class AnonymousRegion : GuestMemoryRegion
{
    private readonly PresentAhead? _ahead;
    private byte* _address;

    /// <summary>Maps memory.</summary>
    /// <param name="lengthBytes">Bytes, not negative.</param>
    /// <exception cref="OutOfMemoryException">The kernel has not that much.</exception>
    public AnonymousRegion(long lengthBytes)
    {
        LengthBytes = lengthBytes;
        if (lengthBytes == 0)
            return;
        void* mapping = LibC.Map(
            null, (nuint)lengthBytes, LibC.ProtectionReadWrite, LibC.MapPrivate | LibC.MapAnonymous | LibC.MapNoReserve, -1, 0);
        if (mapping == LibC.MapFailed)
            throw new OutOfMemoryException($"{lengthBytes} bytes of guest memory could not be mapped");
        _address = (byte*)mapping;
        _ = LibC.Advise(mapping, (nuint)lengthBytes, LibC.AdviseHugePage);
        _ahead = new(_address, lengthBytes);
    }

    /// <summary>Unmaps where nobody disposed of it.</summary>
    ~AnonymousRegion() => Dispose(false);

    /// <inheritdoc/>
    public override byte* Address => _address;

    /// <inheritdoc/>
    public override long LengthBytes { get; }

    /// <inheritdoc/>
    public override bool InitiallyZero => true;

    /// <inheritdoc/>
    public override void Populate(long offset, long lengthBytes) => _ahead?.Reaches(offset, lengthBytes);

    /// <inheritdoc/>
    public override void ExpectSinglePages()
    {
        if (LengthBytes > 0)
            _ = LibC.Advise(_address, (nuint)LengthBytes, LibC.AdviseNoHugePage);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_address is null)
            return;
        _ahead?.Dispose();
        _ = LibC.Unmap(_address, (nuint)LengthBytes);
        _address = null;
    }
}
