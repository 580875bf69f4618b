using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Qemu.Migration.Incoming.Native;

/// <summary>
/// Opens files without waiting: the open of a named pipe otherwise waits for its other end, and the monitor with it. Every failure
/// is an <see cref="IOException"/> with the reason that the system gave.
/// </summary>
internal static unsafe class OpenFile
{
    private const int Always = LibC.OpenCloseOnExec | LibC.OpenNonblocking | LibC.OpenNoTerminal;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">It cannot be opened; the text is QEMU's.</exception>
    public static SafeFileHandle ForReading(string path) =>
        TryOpen(path, LibC.OpenRead, 0, out int error) ?? throw Failure(path, error);

    /// <summary>Opens a file for reading and writing, and makes it where it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Who may do what with a file that is made, whatever the process's mask says.</param>
    /// <param name="isNew">Whether it was made.</param>
    /// <returns>The file.</returns>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    public static SafeFileHandle ForWriting(string path, UnixFileMode mode, out bool isNew)
    {
        while (true)
        {
            isNew = false;
            if (TryOpen(path, LibC.OpenReadWrite, 0, out int error) is { } present)
                return present;
            if (error != LibC.NoSuchFile)
                throw Failure(path, error);
            isNew = true;
            if (TryOpen(path, LibC.OpenReadWrite | LibC.OpenCreate | LibC.OpenExclusive, (uint)mode, out error) is { } made)
            {
                _ = LibC.ChangeMode((int)made.DangerousGetHandle(), (uint)mode);
                return made;
            }
            // Somebody else has made it meanwhile.
            if (error != LibC.FileExists)
                throw Failure(path, error);
        }
    }

    /// <summary>What stands behind a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>Its kind.</returns>
    public static FileKind KindOf(int descriptor)
    {
        const int emptyPath = 0x1000;
        const uint typeOnly = 1;
        const int modeOffset = 28;
        byte* status = stackalloc byte[256];
        byte path = 0;
        return LibC.Status(descriptor, &path, emptyPath, typeOnly, status) == 0
            ? (FileKind)(BinaryPrimitives.ReadUInt16LittleEndian(new(status + modeOffset, 2)) & 0xf000)
            : FileKind.Unknown;
    }

    private static SafeFileHandle? TryOpen(string path, int flags, uint mode, out int error)
    {
        int descriptor;
        do
        {
            descriptor = LibC.Open(path, flags | Always, mode);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == LibC.Interrupted);
        return descriptor < 0 ? null : new(descriptor, ownsHandle: true);
    }

    private static IOException Failure(string path, int error) =>
        new($"Could not open '{path}': {Marshal.GetPInvokeErrorMessage(error)}");
}
