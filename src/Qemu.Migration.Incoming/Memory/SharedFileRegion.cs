using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>
/// A file's memory, mapped shared: others see the guest's RAM in the file while it arrives and after. Runs of pages go through the
/// file: the kernel has its memory at hand, where each page of a new mapping costs a fault first.
/// </summary>
internal sealed unsafe class SharedFileRegion : GuestMemoryRegion
{
    private const int MostPieces = 256;
    private readonly SafeFileHandle _file;
    private byte* _address;
    private volatile bool _takesWrites = true;

    /// <summary>Maps a file, made or grown from nothing where it has no content yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthBytes">Bytes of the region, not negative.</param>
    /// <exception cref="IOException">The file cannot be opened or mapped, or has content and is shorter.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be opened.</exception>
    public SharedFileRegion(string path, long lengthBytes)
    {
        LengthBytes = lengthBytes;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        long present = RandomAccess.GetLength(_file);
        if (present > 0 && present < lengthBytes)
            throw new IOException($"memory file '{path}' has {present} bytes, and {lengthBytes} are needed");
        if (present < lengthBytes)
            RandomAccess.SetLength(_file, lengthBytes);
        InitiallyZero = IsAllHole(_file);
        if (lengthBytes == 0)
            return;
        int descriptor = (int)_file.DangerousGetHandle();
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

    /// <summary>False once the file has refused a write, as those of huge pages do.</summary>
    public override bool IsWrittenThrough => _takesWrites;

    /// <inheritdoc/>
    public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
    {
        MemoryPiece* pieces = stackalloc MemoryPiece[MostPieces];
        fixed (byte* first = &source)
        {
            for (int done = 0; done < count; done += MostPieces)
            {
                byte* from = first + ((long)done * strideBytes);
                long to = offset + ((long)done * pieceBytes);
                int part = Math.Min(count - done, MostPieces);
                for (int i = 0; i < part; i++)
                    pieces[i] = new((nint)(from + ((long)i * strideBytes)), pieceBytes);
                long written = _takesWrites ? LibC.WriteVectorAt((int)_file.DangerousGetHandle(), pieces, part, to) : 0;
                if (written == (long)part * pieceBytes)
                    continue;
                _takesWrites = false;
                base.Write(to, in *from, pieceBytes, strideBytes, part);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_address is not null)
            _ = LibC.Unmap(_address, (nuint)LengthBytes);
        _address = null;
        if (disposing)
            _file.Dispose();
    }

    // A file system that cannot tell says that everything is data, which is safe.
    private static bool IsAllHole(SafeFileHandle file) =>
        LibC.Seek((int)file.DangerousGetHandle(), 0, LibC.SeekData) < 0
        && Marshal.GetLastPInvokeError() == LibC.NoSuchOffset;
}
