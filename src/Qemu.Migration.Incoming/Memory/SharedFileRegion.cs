using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Environment;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>A file's memory, mapped shared: others see the guest's RAM in the file while it arrives and after.</summary>
internal sealed unsafe class SharedFileRegion : GuestMemoryRegion
{
    private byte* _address;

    /// <summary>Maps a file, made or grown from nothing where it has no content yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthBytes">Bytes of the region, not negative.</param>
    /// <exception cref="IOException">The file cannot be opened or mapped, or has content and is shorter.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public SharedFileRegion(string path, long lengthBytes)
    {
        LengthBytes = lengthBytes;
        using SafeFileHandle file = File.OpenHandle(
            path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        long present = RandomAccess.GetLength(file);
        if (present > 0 && present < lengthBytes)
            throw new IOException($"memory file '{path}' has {present} bytes, and {lengthBytes} are needed");
        if (present < lengthBytes)
            RandomAccess.SetLength(file, lengthBytes);
        InitiallyZero = IsAllHole(file);
        if (lengthBytes == 0)
            return;
        int descriptor = (int)file.DangerousGetHandle();
        void* mapping = LibC.Map(null, (nuint)lengthBytes, LibC.ProtectionReadWrite, LibC.MapShared, descriptor, 0);
        if (mapping == LibC.MapFailed)
            throw new IOException($"memory file '{path}' could not be mapped: {Marshal.GetLastPInvokeErrorMessage()}");
        _address = (byte*)mapping;
        _ = LibC.Advise(mapping, (nuint)lengthBytes, LibC.AdviseHugePage);
    }

    /// <summary>Unmaps where nobody disposed of it.</summary>
    ~SharedFileRegion() => Dispose(false);

    /// <inheritdoc/>
    public override byte* Address => _address;

    /// <inheritdoc/>
    public override long LengthBytes { get; }

    /// <inheritdoc/>
    public override bool InitiallyZero { get; }

    /// <inheritdoc/>
    public override void Populate(long offset, long lengthBytes) =>
        _ = LibC.Advise(_address + offset, (nuint)lengthBytes, LibC.AdvisePopulateWrite);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_address is not null)
            _ = LibC.Unmap(_address, (nuint)LengthBytes);
        _address = null;
    }

    // A file system that cannot tell says that everything is data, which is safe.
    private static bool IsAllHole(SafeFileHandle file) =>
        LibC.Seek((int)file.DangerousGetHandle(), 0, LibC.SeekData) < 0
        && Marshal.GetLastPInvokeError() == LibC.NoSuchOffset;
}
