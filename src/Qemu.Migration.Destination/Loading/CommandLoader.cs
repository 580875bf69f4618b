using System.Text;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.ReturnPath;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// COMMAND (stream reference, section 6.1):
/// <code>
/// 08  u16 command  u16 length  payload
/// </code>
/// </summary>
internal sealed class CommandLoader(
    QemuFileReader reader, MigrationChannel channel, MigrationTrace trace, GuestMemory memory, MigrationCapabilities capabilities,
    MigrationIncomingState state, SwitchoverAck switchoverAck)
{
    private const int HeaderBytes = 5;
    private bool _advised;

    /// <summary>The return path, once OPEN_RETURN_PATH has come.</summary>
    public ReturnPathWriter? ReturnPath { get; private set; }

    public async ValueTask<StreamError?> LoadAsync()
    {
        if (!await reader.FillAsync(HeaderBytes))
            return Errors.Truncated(reader, $"a command");
        long offset = reader.OffsetBytes;
        CommandType command = (CommandType)reader.PeekUInt16(1);
        int length = reader.PeekUInt16(3);
        if (command is CommandType.Invalid or > CommandType.SwitchoverStart)
            return new(StreamErrorCode.UnknownCommand, offset, $"the unknown command {(int)command} of {length} bytes");
        if (FixedLength(command) is { } expected && length != expected)
            return new(StreamErrorCode.CommandLength, offset, $"command {command} with {length} bytes, not {expected}");
        if (command == CommandType.EnableColo)
            return new(StreamErrorCode.UnknownCommand, offset, $"command {command}: COLO is not supported");
        if (command is CommandType.PostcopyListen or CommandType.PostcopyRun or CommandType.PostcopyRamDiscard or CommandType.Packaged)
            return new(StreamErrorCode.PostcopyUnsupported, offset, $"command {command}: postcopy is not supported");
        reader.Advance(HeaderBytes);
        trace.CommandReceived(command, offset);
        return command switch
        {
            CommandType.OpenReturnPath => await OpenReturnPathAsync(),
            CommandType.Ping => await PingAsync(offset),
            CommandType.PostcopyAdvise => Advise(offset, length),
            CommandType.RecvBitmap => await RecvBitmapAsync(offset, length),
            CommandType.SwitchoverStart => SwitchoverStart(),
            _ => Ignore(command),
        };
    }

    private static int? FixedLength(CommandType command) => command switch
    {
        CommandType.PostcopyAdvise or CommandType.PostcopyRamDiscard or CommandType.RecvBitmap => null,
        CommandType.Ping or CommandType.Packaged => 4,
        _ => 0,
    };

    private async ValueTask<StreamError?> OpenReturnPathAsync()
    {
        if (ReturnPath is not null)
        {
            trace.Warning("the return path was opened twice");
            return null;
        }
        ReturnPath = new(channel, trace);
        await switchoverAck.OpenAsync(ReturnPath);
        return null;
    }

    private async ValueTask<StreamError?> PingAsync(long offset)
    {
        if (!await reader.FillAsync(4))
            return Errors.Truncated(reader, $"a PING");
        uint value = reader.PeekUInt32();
        if (ReturnPath is null)
            return new(StreamErrorCode.PingWithoutReturnPath, offset, $"PING 0x{value:x} without a return path");
        reader.Advance(4);
        await ReturnPath.PongAsync(value);
        return null;
    }

    // Without postcopy-ram, an empty ADVISE is legal (it announces bitmaps) and changes nothing for RAM.
    private StreamError? Advise(long offset, int length)
    {
        if (_advised)
            return new(StreamErrorCode.CommandInWrongState, offset, $"POSTCOPY_ADVISE came twice");
        if (capabilities["postcopy-ram"] || length == 16)
            return new(StreamErrorCode.PostcopyUnsupported, offset, $"POSTCOPY_ADVISE of {length} bytes: postcopy is not supported");
        if (length != 0)
            return new(StreamErrorCode.CommandLength, offset, $"command POSTCOPY_ADVISE with {length} bytes, not 0 or 16");
        _advised = true;
        return null;
    }

    // Outside a recovery the source gets no answer, but the block must exist.
    private async ValueTask<StreamError?> RecvBitmapAsync(long offset, int length)
    {
        if (!await reader.FillAsync(1) || !await reader.FillAsync(1 + reader.PeekByte()))
            return Errors.Truncated(reader, $"a RECV_BITMAP");
        int nameLength = reader.PeekByte();
        if (nameLength == 0 || length != nameLength + 1)
            return new(StreamErrorCode.CommandLength, offset, $"command RECV_BITMAP with {length} bytes for a name of {nameLength}");
        if (memory.Find(reader.Window.Slice(1, nameLength)) is null)
        {
            string name = CString.Text(reader.Window.Slice(1, nameLength));
            return new(StreamErrorCode.UnknownBlock, offset, $"RECV_BITMAP for the unknown block '{name}'");
        }
        reader.Advance(1 + nameLength);
        return null;
    }

    private StreamError? SwitchoverStart()
    {
        state.SwitchedOver = true;
        return null;
    }

    private StreamError? Ignore(CommandType command)
    {
        trace.Warning($"{command} outside a recovery");
        return null;
    }
}
