using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.ReturnPath;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Loading;

/// <summary>
/// COMMAND (stream reference, section 6.1):
/// <code>
/// 08  u16 command  u16 length  payload
/// </code>
/// </summary>
internal sealed class CommandLoader(QemuFileReader reader, MigrationChannel channel, LoadSession session)
{
    private readonly MigrationTrace _trace = session.Environment.Trace;
    private readonly PostcopyCommands _postcopy = new(reader, session);

    private ReturnPathWriter? ReturnPath => session.ReturnPath;

    /// <summary>Loads a command; the window begins with its section type byte.</summary>
    /// <param name="scope">Where it stands.</param>
    /// <returns>The error; or, behind PACKAGED, the length of the package that follows.</returns>
    public async ValueTask<(StreamError? Error, uint? PackageBytes)> LoadAsync(SectionScope scope)
    {
        if (!await reader.FillForAsync<CommandHeader>(CommandHeader.TryRead))
            return (Errors.Truncated(reader, $"a command"), null);
        CommandHeader.TryRead(reader.Window, out CommandHeader header, out int consumed);
        long offset = reader.OffsetBytes;
        (CommandType command, int length) = (header.Command, header.LengthBytes);
        if (Check(command, length, offset) is { } wrong)
            return (wrong, null);
        reader.Advance(consumed);
        _trace.CommandReceived(command, offset);
        if (command == CommandType.Packaged)
            return await _postcopy.PackagedAsync(scope, offset);
        return (await LoadAsync(command, length, offset, scope), null);
    }

    private static StreamError? Check(CommandType command, int length, long offset)
    {
        if (command is CommandType.Invalid or > CommandType.SwitchoverStart)
            return new(StreamErrorCode.UnknownCommand, offset, $"the unknown command {(int)command} of {length} bytes");
        if (FixedLength(command) is { } expected && length != expected)
            return new(StreamErrorCode.CommandLength, offset, $"command {command} with {length} bytes, not {expected}");
        if (command == CommandType.EnableColo)
            return new(StreamErrorCode.UnknownCommand, offset, $"command {command}: COLO is not supported");
        return null;
    }

    private ValueTask<StreamError?> LoadAsync(CommandType command, int length, long offset, SectionScope scope) => command switch
    {
        CommandType.OpenReturnPath => OpenReturnPathAsync(),
        CommandType.Ping => PingAsync(offset),
        CommandType.PostcopyAdvise => _postcopy.AdviseAsync(offset, length),
        CommandType.PostcopyRamDiscard => _postcopy.DiscardAsync(offset, length),
        CommandType.PostcopyListen => ValueTask.FromResult(_postcopy.Listen(scope, offset)),
        CommandType.PostcopyRun => _postcopy.RunAsync(scope, offset),
        CommandType.RecvBitmap => _postcopy.RecvBitmapAsync(offset, length),
        CommandType.PostcopyResume => _postcopy.ResumeAsync(),
        _ => ValueTask.FromResult(SwitchoverStart()),
    };

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
            _trace.Warning("the return path was opened twice");
            return null;
        }
        session.ReturnPath = new(channel, session.Environment);
        await session.SwitchoverAck.OpenAsync(session.ReturnPath);
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

    private StreamError? SwitchoverStart()
    {
        session.State.SwitchOver();
        return null;
    }
}
