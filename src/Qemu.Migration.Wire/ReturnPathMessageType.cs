namespace Qemu.Migration.Wire;

/// <summary>
/// Messages from destination to source (stream reference, section 6.2): u16 type, u16 length, payload; all big-endian.
/// </summary>
public enum ReturnPathMessageType
{
    /// <summary>MIG_RP_MSG_INVALID: never sent.</summary>
    Invalid = 0,

    /// <summary>MIG_RP_MSG_SHUT: u32, 0 when the migration completed, 1 when it failed; the last message.</summary>
    Shut = 1,

    /// <summary>MIG_RP_MSG_PONG: u32, the value of the PING.</summary>
    Pong = 2,

    /// <summary>MIG_RP_MSG_REQ_PAGES_ID: u64 start, u32 length, str8 block.</summary>
    RequestPagesId = 3,

    /// <summary>MIG_RP_MSG_REQ_PAGES: u64 start, u32 length in the block of the previous request.</summary>
    RequestPages = 4,

    /// <summary>MIG_RP_MSG_RECV_BITMAP: str8 block, then the bitmap outside the length.</summary>
    RecvBitmap = 5,

    /// <summary>MIG_RP_MSG_RESUME_ACK: u32 1.</summary>
    ResumeAck = 6,

    /// <summary>MIG_RP_MSG_SWITCHOVER_ACK: no payload; the source may switch over.</summary>
    SwitchoverAck = 7,
}
