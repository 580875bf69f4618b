using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Fuzzing.Engine.Execution;

/// <summary>
/// Zeroed memory outside the heap with a page before it and one behind it that nobody can touch: a process that reads or writes past
/// an end dies at once. Elsewhere than on Linux the memory is plain.
/// </summary>
public sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageBytes = 4096;
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 3;
    private const int MapShared = 1;
    private const int MapPrivate = 2;
    private const int MapFixed = 0x10;
    private const int MapAnonymous = 0x20;

    private readonly nint _mapping;
    private readonly nint _mappingBytes;

    /// <summary>Maps memory.</summary>
    /// <param name="lengthBytes">How much, a multiple of 4096.</param>
    /// <param name="file">A file that shows the memory to other processes, made anew; null for none.</param>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public GuardedMemory(long lengthBytes, string? file = null)
    {
        LengthBytes = lengthBytes;
        if (!OperatingSystem.IsLinux())
        {
            Address = (byte*)NativeMemory.AllocZeroed((nuint)lengthBytes);
            return;
        }
        _mappingBytes = (nint)(lengthBytes + (2 * PageBytes));
        _mapping = Map(0, _mappingBytes, ProtectNone, MapPrivate | MapAnonymous, -1, 0);
        Require(_mapping);
        Address = (byte*)(_mapping + PageBytes);
        Require(file is null
            ? Map((nint)Address, (nint)lengthBytes, ProtectReadWrite, MapPrivate | MapAnonymous | MapFixed, -1, 0)
            : MapFile(file));
    }

    /// <summary>Gives the memory back where nobody has.</summary>
    ~GuardedMemory() => Free();

    /// <summary>The first byte.</summary>
    public byte* Address { get; }

    /// <summary>Bytes between the guards.</summary>
    public long LengthBytes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private nint MapFile(string file)
    {
        using SafeFileHandle handle = File.OpenHandle(
            file, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, preallocationSize: LengthBytes);
        RandomAccess.SetLength(handle, LengthBytes);
        return Map(
            (nint)Address, (nint)LengthBytes, ProtectReadWrite, MapShared | MapFixed, (int)handle.DangerousGetHandle(), 0);
    }

    private void Free()
    {
        if (_mapping != 0)
            _ = Unmap(_mapping, _mappingBytes);
        else
            NativeMemory.Free(Address);
    }

    private static void Require(nint address)
    {
        if (address == -1)
            throw new OutOfMemoryException($"mmap failed with {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(nint address, nint length);
}
