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
    private bool _advised;

    /// <summary>The return path, once OPEN_RETURN_PATH has come.</summary>
    public ReturnPathWriter? ReturnPath { get; private set; }

    public async ValueTask<StreamError?> LoadAsync()
    {
        if (!await reader.FillForAsync<CommandHeader>(CommandHeader.TryRead))
            return Errors.Truncated(reader, $"a command");
        CommandHeader.TryRead(reader.Window, out CommandHeader header, out int consumed);
        long offset = reader.OffsetBytes;
        (CommandType command, int length) = (header.Command, header.LengthBytes);
        if (command is CommandType.Invalid or > CommandType.SwitchoverStart)
            return new(StreamErrorCode.UnknownCommand, offset, $"the unknown command {(int)command} of {length} bytes");
        if (FixedLength(command) is { } expected && length != expected)
            return new(StreamErrorCode.CommandLength, offset, $"command {command} with {length} bytes, not {expected}");
        if (command == CommandType.EnableColo)
            return new(StreamErrorCode.UnknownCommand, offset, $"command {command}: COLO is not supported");
        if (command is CommandType.PostcopyListen or CommandType.PostcopyRun or CommandType.PostcopyRamDiscard or CommandType.Packaged)
            return new(StreamErrorCode.PostcopyUnsupported, offset, $"command {command}: postcopy is not supported");
        reader.Advance(consumed);
        trace.CommandReceived(command, offset);
        return command switch
        {
            CommandType.OpenReturnPath => await OpenReturnPathAsync(),
            CommandType.Ping => await PingAsync(offset),
            CommandType.PostcopyAdvise => await AdviseAsync(offset, length),
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
        if (!await reader.FillForAsync<uint>(CommandPayload.TryReadPing))
            return Errors.Truncated(reader, $"a PING");
        CommandPayload.TryReadPing(reader.Window, out uint value, out int consumed);
        if (ReturnPath is null)
            return new(StreamErrorCode.PingWithoutReturnPath, offset, $"PING 0x{value:x} without a return path");
        reader.Advance(consumed);
        await ReturnPath.PongAsync(value);
        return null;
    }

    // An empty ADVISE announces bitmaps; one of 16 bytes says that the source may go on in postcopy. Both change nothing for RAM while
    // it does not: precopy brings every page.
    private async ValueTask<StreamError?> AdviseAsync(long offset, int length)
    {
        if (_advised)
            return new(StreamErrorCode.CommandInWrongState, offset, $"POSTCOPY_ADVISE came twice");
        if (length is not (0 or PostcopyAdvice.SizeBytes))
            return new(StreamErrorCode.CommandLength, offset, $"command POSTCOPY_ADVISE with {length} bytes, not 0 or 16");
        bool isOfRam = length != 0;
        if (isOfRam != capabilities["postcopy-ram"])
        {
            return new(
                StreamErrorCode.PostcopyUnsupported, offset,
                $"POSTCOPY_ADVISE of {length} bytes, and postcopy-ram is {(isOfRam ? "off" : "on")} here");
        }
        _advised = true;
        return isOfRam ? await CheckAdviceAsync(offset) : null;
    }

    private async ValueTask<StreamError?> CheckAdviceAsync(long offset)
    {
        if (!await reader.FillForAsync<PostcopyAdvice>(PostcopyAdvice.TryRead))
            return Errors.Truncated(reader, $"a POSTCOPY_ADVISE");
        PostcopyAdvice.TryRead(reader.Window, out PostcopyAdvice advice, out int consumed);
        // No block here has larger pages than the guest.
        ulong pageBytes = (ulong)memory.PageSizeBytes;
        if (advice.PageSizes != pageBytes || advice.TargetPageBytes != pageBytes)
        {
            return new(
                StreamErrorCode.PostcopyUnsupported, offset,
                $"POSTCOPY_ADVISE for block pages 0x{advice.PageSizes:x} and guest pages {advice.TargetPageBytes}, not {pageBytes}");
        }
        reader.Advance(consumed);
        return null;
    }

    // Outside a recovery the source gets no answer, but the block must exist.
    private async ValueTask<StreamError?> RecvBitmapAsync(long offset, int length)
    {
        if (!await reader.FillForAsync<ReadOnlySpan<byte>>(CommandPayload.TryReadRecvBitmap))
            return Errors.Truncated(reader, $"a RECV_BITMAP");
        CommandPayload.TryReadRecvBitmap(reader.Window, out ReadOnlySpan<byte> block, out int consumed);
        if (block.IsEmpty || length != consumed)
            return new(StreamErrorCode.CommandLength, offset, $"command RECV_BITMAP with {length} bytes for a name of {block.Length}");
        if (memory.Find(block) is null)
        {
            string name = CString.Text(block);
            return new(StreamErrorCode.UnknownBlock, offset, $"RECV_BITMAP for the unknown block '{name}'");
        }
        reader.Advance(consumed);
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
