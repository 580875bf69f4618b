using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>
/// A descriptor that is neither a socket nor a file: a pipe, a terminal. Reads and writes wait on their own thread until the other
/// end is ready or this one is shut down.
/// </summary>
internal sealed unsafe class DescriptorChannel : MigrationChannel
{
    private readonly string _name;
    private readonly SafeFileHandle _input;
    private readonly SafeFileHandle? _output;
    private readonly SafeFileHandle _wake;
    private volatile bool _ended;
    private volatile bool _reads;

    /// <summary>Makes a channel.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="input">Where the stream comes from; the channel's own.</param>
    /// <param name="output">Where answers go, not blocking, or null; the channel's own.</param>
    /// <exception cref="IOException">There is no descriptor left.</exception>
    public DescriptorChannel(string name, SafeFileHandle input, SafeFileHandle? output = null)
    {
        _name = name;
        _input = input;
        _output = output;
        int wake = LibC.EventCounter(0, LibC.OpenCloseOnExec | LibC.OpenNonblocking);
        if (wake < 0)
            throw new IOException($"'{name}': {Marshal.GetLastPInvokeErrorMessage()}");
        _wake = new(wake, ownsHandle: true);
    }

    /// <inheritdoc/>
    public override string Name => _name;

    /// <summary>Whether a read is under way: somebody waits for the other end.</summary>
    public bool IsRead => _reads;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        fixed (byte* first = buffer.Span)
        {
            _reads = true;
            int read = Transfer(_input, first, buffer.Length, LibC.PollIn);
            _reads = false;
            return ValueTask.FromResult(read);
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_output is null)
            throw new IOException($"'{_name}' cannot be written");
        fixed (byte* first = bytes.Span)
        {
            for (int done = 0; done < bytes.Length;)
            {
                int written = Transfer(_output, first + done, bytes.Length - done, LibC.PollOut);
                if (written == 0)
                    throw new IOException($"'{_name}' is shut down");
                done += written;
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        _ended = true;
        using (HeldDescriptor wake = new(_wake))
        {
            ulong one = 1;
            _ = LibC.Write(wake.Number, &one, sizeof(ulong));
        }
        // Keep the descriptor open until the read or write that waits for it has woken up.
        _input.Dispose();
        _output?.Dispose();
        _wake.Dispose();
    }

    // Bytes moved; 0 at the end, and after a shutdown.
    private int Transfer(SafeFileHandle file, byte* buffer, int count, short direction)
    {
        using HeldDescriptor held = new(file);
        using HeldDescriptor wake = new(_wake);
        PolledDescriptor* polled = stackalloc PolledDescriptor[2];
        while (!_ended)
        {
            polled[0] = new() { Descriptor = held.Number, Wanted = direction };
            polled[1] = new() { Descriptor = wake.Number, Wanted = LibC.PollIn };
            nint moved = LibC.Poll(polled, 2, -1);
            if (moved >= 0 && (_ended || polled[0].Found == 0))
                continue;
            if (moved >= 0)
            {
                moved = direction == LibC.PollIn
                    ? LibC.Read(held.Number, buffer, (nuint)count)
                    : LibC.Write(held.Number, buffer, (nuint)count);
            }
            if (moved >= 0)
                return (int)moved;
            int error = Marshal.GetLastPInvokeError();
            if (error is not (LibC.Interrupted or LibC.WouldBlock))
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
        return 0;
    }
}
