using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>Opens streams that are there already: files and inherited descriptors.</summary>
internal static class FileOpener
{
    /// <summary>Opens a file: mapped where it can be, read where it cannot.</summary>
    /// <param name="address">The file.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static MigrationChannel Open(FileAddress address)
    {
        try
        {
            return Open("file:" + address.Path, File.OpenHandle(address.Path), address.OffsetBytes);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <summary>Takes an inherited descriptor over.</summary>
    /// <param name="address">The descriptor.</param>
    /// <returns>The channel; a socket's can be written.</returns>
    /// <exception cref="IOException">There is no such descriptor.</exception>
    public static MigrationChannel Open(DescriptorAddress address)
    {
        string name = $"fd:{address.Number}";
        if (LibC.Control(address.Number, LibC.GetDescriptorFlags, 0) < 0)
            throw new IOException($"{name}: {Marshal.GetLastPInvokeErrorMessage()}");
        SafeSocketHandle socket = new(address.Number, ownsHandle: true);
        try
        {
            return new SocketChannel(name, new Socket(socket), fromListener: false);
        }
        catch (SocketException)
        {
            // Not a socket: the number is a file's.
            socket.SetHandleAsInvalid();
        }
        long position = LibC.Seek(address.Number, 0, LibC.SeekCurrent);
        return Open(name, new SafeFileHandle(address.Number, ownsHandle: true), Math.Max(0, position));
    }

    // A mapping needs no descriptor; a pipe and an empty file cannot be mapped.
    private static MigrationChannel Open(string name, SafeFileHandle file, long offset)
    {
        int descriptor = (int)file.DangerousGetHandle();
        if (LibC.Seek(descriptor, 0, LibC.SeekEnd) <= 0)
            return new DescriptorChannel(name, file);
        using (file)
            return new MappedFileChannel(name, file, offset);
    }
}
