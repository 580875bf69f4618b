namespace Simulation.Source.Multifd;

/// <summary>How the payload of a multifd packet is compressed (parameter <c>multifd-compression</c>; stream reference, section 4.3).</summary>
public enum MultifdCompression
{
    /// <summary>MULTIFD_COMPRESSION_NONE: the pages one after the other.</summary>
    None,

    /// <summary>MULTIFD_COMPRESSION_ZLIB: one zlib stream a channel, flushed at the end of each packet.</summary>
    Zlib,

    /// <summary>MULTIFD_COMPRESSION_ZSTD: one zstd frame a channel, flushed at the end of each packet.</summary>
    Zstd,
}
