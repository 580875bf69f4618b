using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Hosting;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>Memory of a block that may be larger than the host's: zero at first, and present only where it is touched.</summary>
internal sealed unsafe partial class LargeRegion : GuestMemoryRegion
{
    private const int ReadAndWrite = 3;
    private const int PrivateAnonymousUnreserved = 0x4022;
    private bool _isMapped;
    private WriteThroughFile _file;

    /// <summary>Reserves it.</summary>
    /// <param name="lengthBytes">Its length in bytes.</param>
    /// <param name="host">The kind of memory.</param>
    /// <exception cref="Engine.HarnessException">The host has no such range of addresses.</exception>
    public LargeRegion(long lengthBytes, HostOptions host)
    {
        nint address = Map(0, (nuint)lengthBytes, ReadAndWrite, PrivateAnonymousUnreserved, -1, 0);
        if (address == -1)
            throw new Engine.HarnessException($"the host has no range of {lengthBytes} addresses");
        Address = (byte*)address;
        LengthBytes = lengthBytes;
        _isMapped = true;
        _file = new(host);
    }

    /// <summary>Frees the memory where nobody did.</summary>
    ~LargeRegion() => Free();

    /// <inheritdoc/>
    public override byte* Address { get; }

    /// <inheritdoc/>
    public override long LengthBytes { get; }

    /// <inheritdoc/>
    public override bool InitiallyZero => true;

    /// <inheritdoc/>
    public override bool IsWrittenThrough => _file.TakesWrites;

    /// <inheritdoc/>
    public override void Populate(long offset, long lengthBytes) =>
        RegionRange.Require(offset, lengthBytes, LengthBytes, "are to be made present in");

    /// <inheritdoc/>
    public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
    {
        _file.Note(offset, (long)pieceBytes * count, LengthBytes);
        base.Write(offset, in source, pieceBytes, strideBytes, count);
    }

    /// <summary>Frees the memory. Disposing does not: what is in it is judged after the run.</summary>
    public void Free()
    {
        if (_isMapped)
            _ = Unmap((nint)Address, (nuint)LengthBytes);
        _isMapped = false;
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    // Linux does not count a range that is mapped without reservation as used: it may be larger than the host's memory.
    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nuint length);
}
