namespace Qemu.Migration.Wire;

/// <summary>
/// Commands on the main stream (stream reference, section 6.1): <c>08</c>, u16 command, u16 payload length, payload.
/// </summary>
public enum CommandType
{
    /// <summary>MIG_CMD_INVALID: never sent.</summary>
    Invalid = 0,

    /// <summary>MIG_CMD_OPEN_RETURN_PATH: no payload; the destination may answer on the same channel from now on.</summary>
    OpenReturnPath = 1,

    /// <summary>MIG_CMD_PING: u32, answered by PONG with the same value.</summary>
    Ping = 2,

    /// <summary>MIG_CMD_POSTCOPY_ADVISE: 0 or 16 bytes.</summary>
    PostcopyAdvise = 3,

    /// <summary>MIG_CMD_POSTCOPY_LISTEN: no payload.</summary>
    PostcopyListen = 4,

    /// <summary>MIG_CMD_POSTCOPY_RUN: no payload.</summary>
    PostcopyRun = 5,

    /// <summary>MIG_CMD_POSTCOPY_RAM_DISCARD: variable.</summary>
    PostcopyRamDiscard = 6,

    /// <summary>MIG_CMD_PACKAGED: u32 length of a nested stream that follows the command.</summary>
    Packaged = 7,

    /// <summary>MIG_CMD_ENABLE_COLO: rejected since QEMU 11.</summary>
    EnableColo = 8,

    /// <summary>MIG_CMD_POSTCOPY_RESUME: no payload; outside recovery without effect.</summary>
    PostcopyResume = 9,

    /// <summary>MIG_CMD_RECV_BITMAP: str8 block name; outside recovery without effect.</summary>
    RecvBitmap = 10,

    /// <summary>MIG_CMD_SWITCHOVER_START: no payload; the source has stopped its guest.</summary>
    SwitchoverStart = 11,
}
