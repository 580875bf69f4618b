using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>
/// Private memory in huge pages where the kernel has some: present only where it was written, and a little ahead of a run of first
/// writes, where a thread of its own takes the cost of making pages present off the loader.
/// </summary>
internal sealed unsafe class AnonymousRegion : GuestMemoryRegion
{
    // Two windows in a row make a run; the thread then keeps this far ahead of it.
    private const long LeadBytes = 32L << 20;
    private const long StepBytes = 2L << 20;
    private readonly AutoResetEvent _wake = new(false);
    private byte* _address;
    private Thread? _ahead;
    private long _written = -1;
    private volatile bool _disposed;

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
    public override void Populate(long offset, long lengthBytes)
    {
        if (Interlocked.Exchange(ref _written, offset + lengthBytes) != offset)
            return;
        if (_ahead is null)
        {
            Thread thread = new(PopulateAhead) { IsBackground = true, Name = "populate" };
            if (Interlocked.CompareExchange(ref _ahead, thread, null) is null)
                thread.Start();
        }
        _wake.Set();
    }

    private void PopulateAhead()
    {
        long populated = 0;
        while (true)
        {
            _wake.WaitOne();
            for (long written = Volatile.Read(ref _written); !_disposed; written = Volatile.Read(ref _written))
            {
                // Where the run jumped, what lies behind is nobody's concern any more.
                if (populated < written || populated > written + LeadBytes)
                    populated = written;
                long end = Math.Min(Math.Min(populated + StepBytes, written + LeadBytes), LengthBytes);
                if (populated >= end)
                    break;
                _ = LibC.Advise(_address + populated, (nuint)(end - populated), LibC.AdvisePopulateWrite);
                populated = end;
            }
            if (_disposed)
                return;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_address is null)
            return;
        _disposed = true;
        _wake.Set();
        _ahead?.Join();
        _ = LibC.Unmap(_address, (nuint)LengthBytes);
        _address = null;
    }
}
