namespace Qemu.Migration.Wire;

/// <summary>
/// The constants of multifd's packets (stream reference, sections 4.2 to 4.4). A channel sends one
/// <see cref="MultifdInitialPacket"/>, then packets of data (<see cref="MultifdPacketHeader"/>) and of device state
/// (<see cref="MultifdDeviceStateHeader"/>).
/// </summary>
public static class MultifdPacket
{
    /// <summary>MULTIFD_MAGIC: opens every packet.</summary>
    public const uint Magic = 0x11223344;

    /// <summary>MULTIFD_VERSION: of every packet.</summary>
    public const uint Version = 1;

    /// <summary>No C name: bytes of a data packet's header before its offsets.</summary>
    public const int FixedBytes = 320;

    /// <summary>MULTIFD_PACKET_SIZE: bytes of guest memory in a full packet.</summary>
    public const int PayloadBytes = 512 * 1024;

    /// <summary>No C name: bytes of the largest compressed payload a destination takes (section 4.5).</summary>
    public const int CompressedBytes = 1024 * 1024;

    /// <summary>MULTIFD_FLAG_SYNC: the channel waits here for the main channel.</summary>
    public const uint FlagSync = 0x01;

    /// <summary>MULTIFD_FLAG_COMPRESSION_MASK: which method compresses the payload.</summary>
    public const uint CompressionMask = 0x3e;

    /// <summary>MULTIFD_FLAG_ZLIB: one zlib stream a channel.</summary>
    public const uint FlagZlib = 0x02;

    /// <summary>MULTIFD_FLAG_ZSTD: one zstd stream a channel.</summary>
    public const uint FlagZstd = 0x04;

    /// <summary>MULTIFD_FLAG_DEVICE_STATE: a packet of device state, with another header.</summary>
    public const uint FlagDeviceState = 0x40;

    /// <summary>Pages a packet can carry.</summary>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <returns>128 for 4 KiB.</returns>
    public static int PagesPerPacket(int pageSizeBytes) => PayloadBytes / pageSizeBytes;

    /// <summary>Bytes of a data packet's header; it always has its full length.</summary>
    /// <param name="pageSizeBytes">Bytes of a page.</param>
    /// <returns>1344 for 4 KiB.</returns>
    public static int HeaderBytes(int pageSizeBytes) => FixedBytes + 8 * PagesPerPacket(pageSizeBytes);
}
