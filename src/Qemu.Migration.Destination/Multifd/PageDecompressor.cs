using System.Buffers;
using System.IO.Compression;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Multifd;

/// <summary>
/// Turns a channel's compressed payloads into pages. One stream runs through the whole life of a channel: each payload goes on where
/// the last one ended (stream reference, section 4.5).
/// </summary>
internal abstract class PageDecompressor : IDisposable
{
    private readonly PayloadStream _payload = new();

    /// <summary>The flag that packets compressed this way carry.</summary>
    public abstract uint Flag { get; }

    /// <summary>The method's name.</summary>
    public abstract string Name { get; }

    /// <summary>What decompresses, reading from <see cref="Source"/>.</summary>
    protected abstract Stream Decompressing { get; }

    /// <summary>The payloads as one stream; it ends where the last one does and goes on with the next.</summary>
    protected Stream Source => _payload;

    /// <summary>Makes the decompressor of a method.</summary>
    /// <param name="method">multifd-compression: <c>none</c>, <c>zlib</c> or <c>zstd</c>.</param>
    /// <returns>The decompressor, or null for <c>none</c>.</returns>
    /// <exception cref="ArgumentException">It is another method.</exception>
    public static PageDecompressor? For(string method) => method switch
    {
        "none" => null,
        "zlib" => new ZlibPageDecompressor(),
        "zstd" => new ZstdPageDecompressor(),
        _ => throw new ArgumentException($"multifd compression '{method}' is not supported", nameof(method)),
    };

    /// <summary>Room for the next payload, which the caller fills.</summary>
    /// <param name="lengthBytes">Its length, at most <see cref="MultifdPacket.CompressedBytes"/>.</param>
    /// <returns>An array of at least that length.</returns>
    public byte[] Payload(int lengthBytes) => _payload.Next(lengthBytes);

    /// <summary>Decompresses one page.</summary>
    /// <param name="page">Where to.</param>
    /// <returns>False when the payload ends before, or is corrupt.</returns>
    public bool TryReadPage(Span<byte> page)
    {
        try
        {
            while (!page.IsEmpty)
            {
                int count = Decompressing.Read(page);
                if (count == 0)
                    return false;
                page = page[count..];
            }
            return true;
        }
        catch (Exception error) when (IsCorruption(error))
        {
            return false;
        }
    }

    /// <summary>Whether an exception of the decompressor means that the payload is corrupt.</summary>
    /// <param name="error">The exception.</param>
    protected abstract bool IsCorruption(Exception error);

    /// <inheritdoc/>
    public void Dispose()
    {
        Decompressing.Dispose();
        _payload.Dispose();
    }

    private sealed class PayloadStream : Stream
    {
        private byte[] _bytes = [];
        private int _at;
        private int _length;

        public byte[] Next(int length)
        {
            if (_bytes.Length < length)
                _bytes = ArrayPool<byte>.Shared.Rent(MultifdPacket.CompressedBytes);
            _at = 0;
            _length = length;
            return _bytes;
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _length - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (_bytes.Length > 0)
                ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
            _length = 0;
            base.Dispose(disposing);
        }
    }
}

/// <summary>zlib, one stream a channel.</summary>
internal sealed class ZlibPageDecompressor : PageDecompressor
{
    public ZlibPageDecompressor() => Decompressing = new ZLibStream(Source, CompressionMode.Decompress, leaveOpen: true);

    public override uint Flag => MultifdPacket.FlagZlib;

    public override string Name => "zlib";

    protected override Stream Decompressing { get; }

    protected override bool IsCorruption(Exception error) => error is InvalidDataException;
}

/// <summary>zstd, one stream a channel.</summary>
internal sealed class ZstdPageDecompressor : PageDecompressor
{
    public ZstdPageDecompressor() => Decompressing = new ZstdSharp.DecompressionStream(Source, leaveOpen: true, checkEndOfStream: false);

    public override uint Flag => MultifdPacket.FlagZstd;

    public override string Name => "zstd";

    protected override Stream Decompressing { get; }

    protected override bool IsCorruption(Exception error) => error is ZstdSharp.ZstdException or EndOfStreamException;
}
