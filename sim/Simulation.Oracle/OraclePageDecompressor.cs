using System.Buffers;
using System.IO.Compression;

namespace Simulation.Oracle;

/// <summary>One compressed stream of a multifd channel, fed packet by packet (stream reference, section 4.5).</summary>
internal abstract class OraclePageDecompressor
{
    /// <summary>The decompressor of a method, or null when pages travel as they are.</summary>
    public static OraclePageDecompressor? Create(OracleCompression method) => method switch
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

    /// <summary>Judges what is left of the payload behind its last page.</summary>
    /// <returns>Null, or what is wrong.</returns>
    public virtual OracleFaultKind? End() => null;

    private sealed class Zlib : OraclePageDecompressor
    {
        private readonly PayloadStream _payload = new();
        private readonly ZLibStream _stream;
        private bool _broken;

        public Zlib() => _stream = new ZLibStream(_payload, CompressionMode.Decompress);

        public override void Begin(ReadOnlyMemory<byte> payload) => _payload.Rest = payload;

        public override OracleFaultKind? Read(Span<byte> page)
        {
            if (!_broken && TryInflate(page) == page.Length)
                return null;

            return _payload.AskedBeyondEnd
                ? OracleFaultKind.MultifdDecompressTooShort
                : OracleFaultKind.MultifdDecompress;
        }

        /// <summary>
        /// The destination drops what a payload holds beyond its pages, and with it the thread of the zlib stream:
        /// harmless unless
        /// more pages come. The end of the zlib stream is an error at once (measured on 10.0.2).
        /// </summary>
        public override OracleFaultKind? End()
        {
            int? beyond = TryInflate(stackalloc byte[1]);
            bool drained = _payload.AskedBeyondEnd;
            _broken = !drained;
            return beyond == 0 && !drained ? OracleFaultKind.MultifdDecompress : null;
        }

        /// <returns>
        /// Bytes inflated, fewer where the payload or the zlib stream ends; null where the data is invalid.
        /// </returns>
        private int? TryInflate(Span<byte> target)
        {
            try
            {
                return _stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
            }
            catch (Exception broken) when (broken is InvalidDataException or IOException)
            {
                // So the stream also calls the end of its input, which is where every good payload ends.
                return null;
            }
        }
    }

    private sealed class Zstd : OraclePageDecompressor
    {
        private readonly ZstdSharp.Decompressor _decompressor = new();
        private ReadOnlyMemory<byte> _rest;

        public override void Begin(ReadOnlyMemory<byte> payload) => _rest = payload;

        public override OracleFaultKind? Read(Span<byte> page)
        {
            while (!page.IsEmpty)
            {
                OperationStatus status =
                    _decompressor.UnwrapStream(_rest.Span, page, out int consumed, out int written);
                if (status == OperationStatus.InvalidData)
                    return OracleFaultKind.MultifdDecompress;

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
