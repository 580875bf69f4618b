using System.IO.Compression;

namespace Simulation.Oracle;

/// <summary>One compressed stream of a multifd channel, fed packet by packet (stream reference, section 4.5).</summary>
internal abstract class PageDecompressor
{
    /// <summary>The decompressor of a method, or null when pages travel as they are.</summary>
    public static PageDecompressor? Create(OracleCompression method) => method switch
    {
        OracleCompression.None => null,
        OracleCompression.Zlib => new Zlib(),
        OracleCompression.Zstd => new Zstd(),
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    /// <summary>Takes the payload of the next packet; what the last one left over is forgotten.</summary>
    public abstract void Begin(ReadOnlyMemory<byte> payload);

    /// <summary>Decompresses one page from this payload.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public abstract OracleFaultKind? Read(Span<byte> page);

    private sealed class Zlib : PageDecompressor
    {
        private readonly PayloadStream _payload = new();
        private readonly ZLibStream _stream;

        public Zlib() => _stream = new ZLibStream(_payload, CompressionMode.Decompress);

        public override void Begin(ReadOnlyMemory<byte> payload) => _payload.Rest = payload;

        public override OracleFaultKind? Read(Span<byte> page)
        {
            try
            {
                return _stream.ReadAtLeast(page, page.Length, throwOnEndOfStream: false) == page.Length
                    ? null
                    : OracleFaultKind.MultifdDecompressTooShort;
            }
            catch (InvalidDataException)
            {
                // The stream calls an early end of its input invalid data, too.
                return _payload.AskedBeyondEnd ? OracleFaultKind.MultifdDecompressTooShort : OracleFaultKind.MultifdDecompress;
            }
        }
    }

    private sealed class Zstd : PageDecompressor
    {
        private readonly ZstdSharp.Decompressor _decompressor = new();
        private ReadOnlyMemory<byte> _rest;

        public override void Begin(ReadOnlyMemory<byte> payload) => _rest = payload;

        public override OracleFaultKind? Read(Span<byte> page)
        {
            while (!page.IsEmpty)
            {
                int consumed;
                int written;
                try
                {
                    _decompressor.UnwrapStream(_rest.Span, page, out consumed, out written);
                }
                catch (ZstdSharp.ZstdException)
                {
                    return OracleFaultKind.MultifdDecompress;
                }

                if (consumed == 0 && written == 0)
                    return OracleFaultKind.MultifdDecompressTooShort;

                _rest = _rest[consumed..];
                page = page[written..];
            }

            return null;
        }
    }

    /// <summary>The payload of one packet as a stream that ends with it, and goes on with the next packet's.</summary>
    private sealed class PayloadStream : Stream
    {
        private ReadOnlyMemory<byte> _rest;

        public ReadOnlyMemory<byte> Rest
        {
            set
            {
                _rest = value;
                AskedBeyondEnd = false;
            }
        }

        public bool AskedBeyondEnd { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _rest.Length);
            _rest.Span[..count].CopyTo(buffer);
            _rest = _rest[count..];
            AskedBeyondEnd |= count == 0;
            return count;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
