namespace Qemu.Migration.Wire;

/// <summary>
/// The flags in the low bits of a RAM record's header (stream reference, section 2.1):
/// <code>
/// u64 big-endian:  page-aligned byte offset inside the block | flags
/// </code>
/// All bits below the page size are flags; exactly one of them, besides <see cref="Continue"/>, may be set.
/// </summary>
public static class RamFlags
{
    /// <summary>RAM_SAVE_FLAG_ZERO: [str8 block], u8 fill (0).</summary>
    public const uint Zero = 0x002;

    /// <summary>RAM_SAVE_FLAG_MEM_SIZE: the block list (section 2.3).</summary>
    public const uint MemSize = 0x004;

    /// <summary>RAM_SAVE_FLAG_PAGE: [str8 block], one page of content.</summary>
    public const uint Page = 0x008;

    /// <summary>RAM_SAVE_FLAG_EOS: ends this section's records.</summary>
    public const uint Eos = 0x010;

    /// <summary>RAM_SAVE_FLAG_CONTINUE: modifier, the block of the previous record on this channel; its name is absent.</summary>
    public const uint Continue = 0x020;

    /// <summary>RAM_SAVE_FLAG_XBZRLE: [str8 block], u8 1, u16 length, that many bytes of delta (section 3).</summary>
    public const uint Xbzrle = 0x040;

    /// <summary>RAM_SAVE_FLAG_HOOK: RDMA only; a no-op on other channels.</summary>
    public const uint Hook = 0x080;

    /// <summary>RAM_SAVE_FLAG_MULTIFD_FLUSH: the point where main and multifd channels meet (section 4.6).</summary>
    public const uint MultifdFlush = 0x200;

    /// <summary>RAM_SAVE_VERSION_ID: the only version of the <c>ram</c> section.</summary>
    public const int SectionVersion = 4;

    /// <summary>No C name: bytes of a record's header.</summary>
    public const int HeaderBytes = 8;
}
