namespace Simulation.Source.Multifd;

/// <summary>Constants of multifd packets (stream reference, sections 4.2 and 4.3).</summary>
public static class MultifdFlags
{
    /// <summary>MULTIFD_MAGIC.</summary>
    public const uint Magic = 0x11223344;

    /// <summary>MULTIFD_VERSION.</summary>
    public const uint Version = 1;

    /// <summary>MULTIFD_FLAG_SYNC.</summary>
    public const uint Sync = 0x1;

    /// <summary>MULTIFD_FLAG_ZLIB.</summary>
    public const uint Zlib = 0x2;

    /// <summary>MULTIFD_FLAG_ZSTD.</summary>
    public const uint Zstd = 0x4;

    /// <summary>MULTIFD_PACKET_SIZE: most bytes of pages in a packet.</summary>
    private const int PayloadBytes = 512 << 10;

    /// <summary>No C name: bytes of the first packet.</summary>
    public const int InitialPacketBytes = 64;

    /// <summary>MULTIFD_PACKET_SIZE / page size: pages of a packet.</summary>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public static int PagesPerPacket(int pageBytes) => PayloadBytes / pageBytes;

    /// <summary>No C name: bytes of a packet before its payload.</summary>
    /// <param name="pageBytes">TARGET_PAGE_SIZE.</param>
    public static int PacketHeaderBytes(int pageBytes) => 320 + 8 * PagesPerPacket(pageBytes);

    /// <summary>The flag of a compression.</summary>
    /// <param name="compression">The compression.</param>
    /// <returns>0 for none.</returns>
    public static uint Of(MultifdCompression compression) => compression switch
    {
        MultifdCompression.Zlib => Zlib,
        MultifdCompression.Zstd => Zstd,
        _ => 0,
    };
}
