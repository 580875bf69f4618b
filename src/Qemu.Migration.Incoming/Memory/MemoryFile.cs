using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Memory;

/// <summary>What a file needs before a guest's RAM can lie in it: its kind, a lock, its length and its blocks.</summary>
internal static unsafe class MemoryFile
{
    private const int ZeroBytes = 64 * 1024;

    /// <summary>Checks what the file is, locks it, and gives it its length.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path, for people.</param>
    /// <param name="lengthBytes">Bytes of RAM.</param>
    /// <exception cref="IOException">It cannot hold the RAM.</exception>
    public static void Prepare(SafeFileHandle file, string path, long lengthBytes)
    {
        FileKind kind = OpenFile.KindOf((int)file.DangerousGetHandle());
        if (kind != FileKind.Regular)
            throw new IOException($"memory file '{path}' is {kind.Noun()}: a regular file is wanted");
        Lock(file, path);
        long present = RandomAccess.GetLength(file);
        if (present > 0 && present < lengthBytes)
            throw new IOException($"memory file '{path}' has {present} bytes, and {lengthBytes} are needed");
        if (present < lengthBytes && LibC.Truncate((int)file.DangerousGetHandle(), lengthBytes) < 0)
            throw NoRoom(path, lengthBytes, Marshal.GetLastPInvokeErrorMessage());
    }

    /// <summary>Whether the file has no content yet, and so reads as zeros. A file system that cannot tell says that everything is
    /// data, which is safe.</summary>
    /// <param name="file">The file.</param>
    /// <returns>Whether it reads as zeros.</returns>
    public static bool IsAllHole(SafeFileHandle file) =>
        LibC.Seek((int)file.DangerousGetHandle(), 0, LibC.SeekData) < 0 && Marshal.GetLastPInvokeError() == LibC.NoSuchOffset;

    /// <summary>Reserves a block for every page, so that no store through a mapping can fail.</summary>
    /// <param name="file">The file, of full length.</param>
    /// <param name="path">Its path, for people.</param>
    /// <param name="lengthBytes">Bytes of RAM.</param>
    /// <exception cref="IOException">The file system is full, or the process may not have so large a file.</exception>
    public static void Reserve(SafeFileHandle file, string path, long lengthBytes)
    {
        if (lengthBytes == 0)
            return;
        int error;
        do
            error = LibC.Allocate((int)file.DangerousGetHandle(), 0, 0, lengthBytes) == 0 ? 0 : Marshal.GetLastPInvokeError();
        while (error == LibC.Interrupted);
        if (error is LibC.NotSupported or LibC.NoSuchCall)
            FillHoles(file, path, lengthBytes);
        else if (error != 0)
            throw NoRoom(path, lengthBytes, Marshal.GetPInvokeErrorMessage(error));
    }

    // A lock of the open file, which the kernel releases when the process ends. Readers take no lock.
    private static void Lock(SafeFileHandle file, string path)
    {
        FileLock all = new() { Type = LibC.LockWrite };
        // Accept files on file systems that have no locks.
        if (LibC.Lock((int)file.DangerousGetHandle(), LibC.LockDescription, in all) < 0
            && Marshal.GetLastPInvokeError() is LibC.WouldBlock or LibC.AccessDenied)
        {
            throw new IOException($"memory file '{path}' is the memory of another 'incoming' that runs: give each its own");
        }
    }

    // Where blocks cannot be reserved, they are written: zeros where there is nothing yet.
    private static void FillHoles(SafeFileHandle file, string path, long lengthBytes)
    {
        int descriptor = (int)file.DangerousGetHandle();
        byte[] zeros = new byte[ZeroBytes];
        try
        {
            for (long hole = LibC.Seek(descriptor, 0, LibC.SeekHole); hole >= 0 && hole < lengthBytes;)
            {
                long data = LibC.Seek(descriptor, hole, LibC.SeekData);
                long end = data < 0 ? lengthBytes : Math.Min(data, lengthBytes);
                for (; hole < end; hole += Math.Min(zeros.Length, end - hole))
                    RandomAccess.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, end - hole)), hole);
                hole = LibC.Seek(descriptor, end, LibC.SeekHole);
            }
        }
        catch (IOException error)
        {
            throw NoRoom(path, lengthBytes, error.Message);
        }
    }

    private static IOException NoRoom(string path, long lengthBytes, string reason) =>
        new($"memory file '{path}': {lengthBytes} bytes of RAM have no room there: {reason}");
}
