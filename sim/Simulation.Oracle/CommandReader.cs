namespace Simulation.Oracle;

/// <summary>
/// Reads commands and notes what they make the destination send (stream reference, sections 6.1 and 6.2).
/// </summary>
/// <remarks><code>08   u16 command   u16 length   payload[length]</code></remarks>
internal sealed class CommandReader(
    ByteCursor cursor, Capabilities capabilities, OracleMachine machine, OraclePostcopyCommands postcopy, ReturnPathLog returnPath)
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
    private bool _mayWaitForAck;
    private long _pages;
    private int _idleRounds;

    public IReadOnlyList<OracleCommand> Commands => _commands;

    /// <summary>Reads a command behind its type byte.</summary>
    /// <returns>The length of the package that follows, bytes; null for any other command.</returns>
    public long? Read()
    {
        long start = cursor.RecordStart;
        ushort command = cursor.U16();
        ushort length = cursor.U16();
        if (command == 0 || command >= Lengths.Length)
            throw cursor.Fault(OracleFaultKind.UnknownCommand, start + 1, $"{command}");
        if (Lengths[command] != Variable && Lengths[command] != length)
            throw cursor.Fault(OracleFaultKind.CommandLength, start + 3, $"command {command}, length {length}");

        long? package = Execute(command, length);
        _commands.Add(new OracleCommand(command, start, length));
        return package;
    }

    /// <summary>The last message: 0 when the migration completed, 1 when it failed.</summary>
    public void Shut(bool completed)
    {
        if (returnPath.IsOpen)
            returnPath.Add(ShutMessage, completed ? 0u : 1u);
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
        returnPath.Add(SwitchoverAckMessage, null);
    }

    private long? Execute(ushort command, ushort length)
    {
        switch (command)
        {
            case 1: // MIG_CMD_OPEN_RETURN_PATH: a second time changes nothing
                OpenReturnPath();
                break;
            case 2: // MIG_CMD_PING
                uint value = cursor.U32();
                if (!returnPath.IsOpen)
                    throw cursor.Fault(OracleFaultKind.PingWithoutReturnPath, cursor.RecordStart, $"PING {value}");
                returnPath.Add(PongMessage, value);
                break;
            case 3: // MIG_CMD_POSTCOPY_ADVISE
                postcopy.Advise(length);
                break;
            case 4: // MIG_CMD_POSTCOPY_LISTEN
                postcopy.Listen();
                break;
            case 5: // MIG_CMD_POSTCOPY_RUN
                postcopy.Run();
                break;
            case 6: // MIG_CMD_POSTCOPY_RAM_DISCARD
                postcopy.Discard(length);
                break;
            case 7: // MIG_CMD_PACKAGED
                return postcopy.Package();
            case 8: // MIG_CMD_ENABLE_COLO
                throw cursor.Fault(OracleFaultKind.ColoUnsupported, cursor.RecordStart, "ENABLE_COLO");
            case 9: // MIG_CMD_POSTCOPY_RESUME
                postcopy.Resume();
                break;
            case 10: // MIG_CMD_RECV_BITMAP
                postcopy.ReceivedBitmap(length);
                break;
            default: // MIG_CMD_SWITCHOVER_START
                break;
        }

        return null;
    }

    private void OpenReturnPath()
    {
        if (!returnPath.IsOpen && capabilities.SwitchoverAck)
        {
            if (machine.SwitchoverAckLegacy == true)
                returnPath.Add(SwitchoverAckMessage, null);
            _mayWaitForAck = machine.SwitchoverAckLegacy is null;
        }

        returnPath.Open();
    }
}
