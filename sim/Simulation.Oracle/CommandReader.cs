namespace Simulation.Oracle;

/// <summary>
/// Reads commands and notes what they make the destination send (stream reference, sections 6.1 and 6.2).
/// </summary>
/// <remarks><code>08   u16 command   u16 length   payload[length]</code></remarks>
internal sealed class CommandReader(
    ByteCursor cursor, Capabilities capabilities, OracleRam ram, OracleMachine machine)
{
    private const ushort ShutMessage = 1;
    private const ushort PongMessage = 2;
    private const ushort SwitchoverAckMessage = 7;

    /// <summary>Rounds without a page after which an unknown source is taken to wait.</summary>
    private const int IdleRounds = 3;

    /// <summary>Any length.</summary>
    private const int Variable = -1;

    /// <summary>Payload length by command number, from 1 on.</summary>
    private static readonly int[] Lengths = [Variable, 0, 4, Variable, 0, 0, Variable, 4, 0, 0, Variable, 0];

    private readonly List<OracleCommand> _commands = [];
    private readonly List<OracleReturnMessage> _returnPath = [];
    private bool _returnPathOpen;
    private bool _advised;
    private bool _mayWaitForAck;
    private long _pages;
    private int _idleRounds;

    public IReadOnlyList<OracleCommand> Commands => _commands;

    public IReadOnlyList<OracleReturnMessage> ReturnPath => _returnPath;

    /// <summary>Reads a command behind its type byte.</summary>
    public void Read()
    {
        long start = cursor.RecordStart;
        ushort command = cursor.U16();
        ushort length = cursor.U16();
        if (command == 0 || command >= Lengths.Length)
            throw cursor.Fault(OracleFaultKind.UnknownCommand, start + 1, $"{command}");
        if (Lengths[command] != Variable && Lengths[command] != length)
            throw cursor.Fault(OracleFaultKind.CommandLength, start + 3, $"command {command}, length {length}");

        Execute(command, length);
        _commands.Add(new OracleCommand(command, start, length));
    }

    /// <summary>The last message: 0 when the migration completed, 1 when it failed.</summary>
    public void Shut(bool completed)
    {
        if (_returnPathOpen)
            _returnPath.Add(new OracleReturnMessage(ShutMessage, completed ? 0u : 1u, cursor.Position));
    }

    /// <summary>A round of the source has ended.</summary>
    /// <param name="pages">Pages that all connections have brought so far.</param>
    public void EndRound(long pages)
    {
        _idleRounds = pages == _pages ? _idleRounds + 1 : 0;
        _pages = pages;
        if (!_mayWaitForAck || _idleRounds < IdleRounds)
            return;
        _mayWaitForAck = false;
        _returnPath.Add(new OracleReturnMessage(SwitchoverAckMessage, null, cursor.Position));
    }

    private void Execute(ushort command, ushort length)
    {
        switch (command)
        {
            case 1: // MIG_CMD_OPEN_RETURN_PATH: a second time changes nothing
                if (!_returnPathOpen && capabilities.SwitchoverAck)
                {
                    if (machine.SwitchoverAckLegacy == true)
                        _returnPath.Add(new OracleReturnMessage(SwitchoverAckMessage, null, cursor.Position));
                    _mayWaitForAck = machine.SwitchoverAckLegacy is null;
                }

                _returnPathOpen = true;
                break;
            case 2: // MIG_CMD_PING
                uint value = cursor.U32();
                if (!_returnPathOpen)
                    throw cursor.Fault(OracleFaultKind.PingWithoutReturnPath, cursor.RecordStart, $"PING {value}");
                _returnPath.Add(new OracleReturnMessage(PongMessage, value, cursor.Position));
                break;
            case 3: // MIG_CMD_POSTCOPY_ADVISE
                Advise(length);
                break;
            case 8: // MIG_CMD_ENABLE_COLO
                throw cursor.Fault(OracleFaultKind.ColoUnsupported, cursor.RecordStart, "ENABLE_COLO");
            case 9: // MIG_CMD_POSTCOPY_RESUME: outside recovery it only draws a warning
            case 11: // MIG_CMD_SWITCHOVER_START
                break;
            case 10: // MIG_CMD_RECV_BITMAP: outside recovery it is judged but not answered
                JudgeReceivedBitmap(length);
                break;
            default:
                throw cursor.Fault(OracleFaultKind.PostcopyUnsupported, cursor.RecordStart, $"command {command}");
        }
    }

    /// <summary>Without postcopy of RAM an empty advice only changes the postcopy state, once (section 6.3).</summary>
    private void Advise(ushort length)
    {
        const int WithRam = 16;
        if (_advised)
            throw cursor.Fault(OracleFaultKind.CommandOutOfState, cursor.RecordStart, "POSTCOPY_ADVISE again");
        if (length is not (0 or WithRam))
            throw cursor.Fault(
                OracleFaultKind.CommandLength, cursor.RecordStart + 3, $"POSTCOPY_ADVISE, length {length}");
        if (length == WithRam != capabilities.PostcopyRam)
            throw cursor.Fault(OracleFaultKind.PostcopyUnsupported, cursor.RecordStart, "POSTCOPY_ADVISE");

        // A source that may go on in postcopy, and perhaps will not.
        _advised = true;
        if (length == WithRam && (cursor.U64() != (ulong)machine.PageSize || cursor.U64() != (ulong)machine.PageSize))
            throw cursor.Fault(OracleFaultKind.PostcopyUnsupported, cursor.RecordStart, "POSTCOPY_ADVISE");
    }

    private void JudgeReceivedBitmap(ushort length)
    {
        // The name is read whole before the length is held against it; one that is empty is none (section 1.2).
        long start = cursor.Position;
        ReadOnlySpan<byte> name = cursor.Str8();
        if (cursor.Position == start + 1 || cursor.Position != start + length)
            throw cursor.Fault(OracleFaultKind.CommandLength, start, $"RECV_BITMAP, length {length}");
        if (ram.Find(name) is null)
            throw cursor.Fault(OracleFaultKind.UnknownRamBlock, start, ByteCursor.Text(name));
    }
}
