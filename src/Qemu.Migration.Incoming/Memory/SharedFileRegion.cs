using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>
/// A file's memory, mapped shared: others see the guest's RAM in the file while it arrives and after. Runs of pages go through the
/// file: the kernel has its memory at hand, where each page of a new mapping costs a fault first. Where one run follows the other, a
/// thread makes pages present ahead of them, and they are stored in the mapping, which is faster still.
/// </summary>
/// <remarks>
/// Where a file system has no block left for a page of a mapping, the kernel ends the process that stores there. So all blocks are
/// reserved before anything is mapped, and a full file system is an error at the start.
/// </remarks>
internal sealed unsafe class SharedFileRegion : GuestMemoryRegion
{
    private const int MostPieces = 256;
    private readonly SafeFileHandle _file;
    private PresentAhead? _ahead;
    private byte* _address;
    private volatile bool _takesWrites = true;

    /// <summary>Maps a file, made or grown from nothing where it has no content yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lengthBytes">Bytes of the region, not negative.</param>
    /// <param name="mode">Who may read and write a file that is made.</param>
    /// <exception cref="IOException">The file cannot be opened or mapped, another process has it as its guest's memory, it is no
    /// regular file, it has content and is shorter, or the file system is full.</exception>
    public SharedFileRegion(string path, long lengthBytes, UnixFileMode mode)
    {
        LengthBytes = lengthBytes;
        _file = OpenFile.ForWriting(path, mode, out bool isNew);
        try
        {
            MemoryFile.Prepare(_file, path, lengthBytes);
            InitiallyZero = MemoryFile.IsAllHole(_file);
            MemoryFile.Reserve(_file, path, lengthBytes);
            Map(path);
        }
        catch (IOException)
        {
            _file.Dispose();
            if (isNew)
                File.Delete(path);
            throw;
        }
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
    public override void Populate(long offset, long lengthBytes)
    {
        if (_ahead?.Reaches(offset, lengthBytes) == false)
            _ = LibC.Advise(_address + offset, (nuint)lengthBytes, LibC.AdvisePopulateWrite);
    }

    /// <summary>False once the file has refused a write, as those of huge pages do.</summary>
    public override bool IsWrittenThrough => _takesWrites;

    /// <inheritdoc/>
    public override void Write(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
    {
        if (_ahead?.Reaches(offset, (long)pieceBytes * count) == true)
            base.Write(offset, in source, pieceBytes, strideBytes, count);
        else
            WriteThrough(offset, in source, pieceBytes, strideBytes, count);
    }

    private void WriteThrough(long offset, ref readonly byte source, int pieceBytes, int strideBytes, int count)
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
                if (_takesWrites && TryWrite(pieces, part, to, (long)part * pieceBytes))
                    continue;
                // The blocks of the mapping are reserved, even if writing the file failed.
                _takesWrites = false;
                base.Write(to, in *from, pieceBytes, strideBytes, part);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _ahead?.Dispose();
        if (_address is not null)
            _ = LibC.Unmap(_address, (nuint)LengthBytes);
        _address = null;
        if (disposing)
            _file.Dispose();
    }

    private bool TryWrite(MemoryPiece* pieces, int count, long offset, long lengthBytes)
    {
        nint written;
        do
            written = LibC.WriteVectorAt((int)_file.DangerousGetHandle(), pieces, count, offset);
        while (written < 0 && Marshal.GetLastPInvokeError() == LibC.Interrupted);
        return written == lengthBytes;
    }

    private void Map(string path)
    {
        if (LengthBytes == 0)
            return;
        int descriptor = (int)_file.DangerousGetHandle();
        void* mapping = LibC.Map(null, (nuint)LengthBytes, LibC.ProtectionReadWrite, LibC.MapShared, descriptor, 0);
        if (mapping == LibC.MapFailed)
            throw new IOException($"memory file '{path}' could not be mapped: {Marshal.GetLastPInvokeErrorMessage()}");
        _address = (byte*)mapping;
        _ = LibC.Advise(mapping, (nuint)LengthBytes, LibC.AdviseHugePage);
        _ahead = new(_address, LengthBytes);
    }
}
