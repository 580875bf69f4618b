using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>Opens streams that are there already: files and inherited descriptors.</summary>
internal static class FileOpener
{
    /// <summary>Opens a file, a disk or a named pipe. Nothing here waits for a pipe's writer: the first read does.</summary>
    /// <param name="address">The file.</param>
    /// <returns>The channel.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static MigrationChannel Open(FileAddress address)
    {
        SafeFileHandle file = address.Descriptor is { } passed ? DescriptorSocket.Duplicate(passed) : OpenFile.ForReading(address.Path);
        FileKind kind = OpenFile.KindOf((int)file.DangerousGetHandle());
        if (kind == FileKind.Directory || (kind == FileKind.Pipe && address.OffsetBytes > 0))
        {
            file.Dispose();
            throw new IOException(kind == FileKind.Directory
                ? $"Could not open '{address.Path}': it is a directory, and the stream is wanted in a file"
                : $"Could not open '{address.Path}': it is a pipe, and has no offset {address.OffsetBytes}");
        }
        return Open("file:" + address.Path, file, kind, address.OffsetBytes);
    }

    /// <summary>Takes an inherited descriptor over.</summary>
    /// <param name="address">The descriptor.</param>
    /// <returns>The channel; a socket's can be written.</returns>
    /// <exception cref="IOException">There is no such descriptor, or it is this process's own.</exception>
    public static MigrationChannel Open(DescriptorAddress address)
    {
        string name = $"fd:{address.Number}";
        // What this process opened itself is no stream, and the runtime does not survive its end.
        if (!address.IsPassed && !StandardStream.IsInherited(address.Number))
            throw new IOException($"no file descriptor {address.Number} was inherited: open it for this process, as a shell does with {address.Number}< FILE");
        if (address.Number == StandardStream.Error)
            throw new IOException("this process writes its messages there: use another number");
        FileKind kind = OpenFile.KindOf(address.Number);
        if (kind == FileKind.Socket)
            return OpenSocket(name, address.Number);
        long position = LibC.Seek(address.Number, 0, LibC.SeekCurrent);
        return Open(name, new SafeFileHandle(address.Number, ownsHandle: true), kind, Math.Max(0, position));
    }

    private static SocketChannel OpenSocket(string name, int descriptor)
    {
        SafeSocketHandle socket = new(descriptor, ownsHandle: true);
        try
        {
            return new(name, new Socket(socket), fromListener: false);
        }
        catch (SocketException error)
        {
            socket.SetHandleAsInvalid();
            throw new IOException($"{name}: {error.Message}", error);
        }
    }

    private static MigrationChannel Open(string name, SafeFileHandle file, FileKind kind, long offset) =>
        kind is FileKind.Regular or FileKind.BlockDevice ? new FileChannel(name, file, offset) : new DescriptorChannel(name, file);
}
