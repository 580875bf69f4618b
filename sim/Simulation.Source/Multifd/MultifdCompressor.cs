using System.IO.Compression;
using ZstdSharp;

namespace Simulation.Source.Multifd;

/// <summary>
/// One compressed stream a channel, flushed after the last page of each packet (stream reference, section 4.5). The bytes are a
/// valid stream of that format; they equal a real source's only as far as the libraries' encoders agree.
/// </summary>
internal sealed class MultifdCompressor : IDisposable
{
    private const int Level = 1;

    private readonly MemoryStream _output = new();
    private readonly Stream _encoder;

    private MultifdCompressor(Func<Stream, Stream> encode) => _encoder = encode(_output);

    /// <summary>Makes the compressor of a channel; null where pages are sent as they are.</summary>
    public static MultifdCompressor? Create(MultifdCompression compression) => compression switch
    {
        MultifdCompression.Zlib => new(output => new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true)),
        MultifdCompression.Zstd => new(output => new CompressionStream(output, Level, leaveOpen: true)),
        _ => null,
    };

    /// <summary>Compresses a page.</summary>
    public void Add(ReadOnlySpan<byte> page) => _encoder.Write(page);

    /// <summary>Flushes the packet.</summary>
    /// <returns>Its payload; valid until the next page is added.</returns>
    public ReadOnlySpan<byte> Flush()
    {
        _encoder.Flush();
        ReadOnlySpan<byte> payload = _output.GetBuffer().AsSpan(0, (int)_output.Length);
        _output.SetLength(0);
        return payload;
    }

    public void Dispose() => _encoder.Dispose();
}
