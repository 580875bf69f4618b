using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Native;

/// <summary>Receives bytes with the file descriptors that a Unix socket's peer sends beside them (SCM_RIGHTS). Constants and layouts
/// are those of 64-bit Linux.</summary>
internal static unsafe partial class DescriptorSocket
{
    /// <summary>The most descriptors that one message can bring. As in QEMU, the system drops the rest.</summary>
    public const int MostDescriptors = 16;

    // struct cmsghdr: its length of 8 bytes, then level and type of 4 each.
    private const int ControlHeaderBytes = 16;
    private const int ControlBytes = ControlHeaderBytes + (MostDescriptors * sizeof(int));
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int CloseOnExec = 0x40000000;
    private const int DuplicateCloseOnExec = 1030;

    /// <summary>Waits for bytes.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="descriptors">Where descriptors go, with room for <see cref="MostDescriptors"/>; the caller owns them.</param>
    /// <param name="descriptorCount">How many came.</param>
    /// <returns>How many bytes came; 0 at the end of the connection, however it ended.</returns>
    public static int Receive(Socket socket, Span<byte> buffer, Span<int> descriptors, out int descriptorCount)
    {
        byte* control = stackalloc byte[ControlBytes];
        using HeldDescriptor held = new(socket.SafeHandle);
        fixed (byte* bytes = buffer)
        {
            MemoryPiece piece = new((nint)bytes, buffer.Length);
            MessageHeader message;
            nint count;
            do
            {
                message = new() { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = ControlBytes };
                count = ReceiveMessage(held.Number, &message, CloseOnExec);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.Interrupted);
            descriptorCount = count < 0 ? 0 : ReadDescriptors(message, descriptors);
            return (int)Math.Max(0, count);
        }
    }

    /// <summary>Closes a descriptor.</summary>
    /// <param name="descriptor">The descriptor.</param>
    public static void Close(int descriptor) => new SafeFileHandle(descriptor, ownsHandle: true).Dispose();

    /// <summary>A second descriptor of the same file.</summary>
    /// <param name="descriptor">The first, which stays.</param>
    /// <returns>The second.</returns>
    /// <exception cref="IOException">There is none left, or the first is none.</exception>
    public static SafeFileHandle Duplicate(int descriptor)
    {
        int second = LibC.Control(descriptor, DuplicateCloseOnExec, 0);
        return second >= 0 ? new(second, ownsHandle: true) : throw new IOException($"fd {descriptor}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    // One control message holds all descriptors of one send; those of a second send never come in the same receive.
    private static int ReadDescriptors(in MessageHeader message, Span<int> descriptors)
    {
        byte* header = (byte*)message.Control;
        if (message.ControlLength < ControlHeaderBytes || *(int*)(header + 8) != SocketLevel || *(int*)(header + 12) != Rights)
            return 0;
        int count = ((int)*(nuint*)header - ControlHeaderBytes) / sizeof(int);
        new ReadOnlySpan<int>(header + ControlHeaderBytes, count).CopyTo(descriptors);
        return count;
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    private struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public MemoryPiece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
