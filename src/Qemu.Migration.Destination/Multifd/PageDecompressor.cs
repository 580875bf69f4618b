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
    private byte[] _payload = [];
    private int _at;
    private int _length;

    /// <summary>The flag that packets compressed this way carry.</summary>
    public abstract uint Flag { get; }

    /// <summary>The method's name.</summary>
    public abstract string Name { get; }

    /// <summary>What is left of the payload.</summary>
    protected ReadOnlySpan<byte> Rest => _payload.AsSpan(_at, _length - _at);

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

    /// <summary>Room for the next payload, which the caller fills. What the last one left over is forgotten.</summary>
    /// <param name="lengthBytes">Its length, at most <see cref="MultifdPacket.CompressedBytes"/>.</param>
    /// <returns>An array of at least that length.</returns>
    public byte[] Payload(int lengthBytes)
    {
        if (_payload.Length < lengthBytes)
            _payload = ArrayPool<byte>.Shared.Rent(MultifdPacket.CompressedBytes);
        _at = 0;
        _length = lengthBytes;
        return _payload;
    }

    /// <summary>Decompresses one page.</summary>
    /// <param name="page">Where to.</param>
    /// <returns>False when the payload ends before, or is corrupt.</returns>
    public abstract bool TryReadPage(Span<byte> page);

    /// <summary>Ends the payload behind its last page.</summary>
    /// <returns>False when the compressed stream ended with it, which no source lets happen.</returns>
    public abstract bool TryEnd();

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        if (_payload.Length > 0)
            ArrayPool<byte>.Shared.Return(_payload);
        _payload = [];
        _at = _length = 0;
    }

    /// <summary>Goes on in the payload.</summary>
    /// <param name="count">How many bytes are done with.</param>
    protected void Advance(int count) => _at += count;
}

/// <summary>zlib, one stream a channel.</summary>
internal sealed class ZlibPageDecompressor : PageDecompressor
{
    private readonly ZLibStream _inflating;
    private bool _isBroken;
    private bool _askedBeyondEnd;

    public ZlibPageDecompressor() => _inflating = new ZLibStream(new PayloadStream(this), CompressionMode.Decompress);

    public override uint Flag => MultifdPacket.FlagZlib;

    public override string Name => "zlib";

    public override bool TryReadPage(Span<byte> page) => !_isBroken && Inflate(page) == page.Length;

    // The inflater takes its input in pieces, and the last page may be whole before the last piece, with the end of the flush in it, is
    // taken: asking for one byte more takes everything. Where there is a byte more, part of the payload stays behind in the inflater
    // when the rest is dropped, and nothing that follows can be read.
    public override bool TryEnd()
    {
        _askedBeyondEnd = false;
        int? beyond = Inflate(stackalloc byte[1]);
        _isBroken = beyond == 1;
        return beyond != 0 || _askedBeyondEnd;
    }

    public override void Dispose()
    {
        _inflating.Dispose();
        base.Dispose();
    }

    // Bytes inflated, fewer where the zlib stream ends; null where the input ends or is invalid, which the inflater does not tell apart,
    // or where it wants a preset dictionary (found by fuzzing).
    private int? Inflate(Span<byte> target)
    {
        try
        {
            return _inflating.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            return null;
        }
    }

    /// <summary>The payloads as one stream; it ends where the last one does and goes on with the next.</summary>
    private sealed class PayloadStream(ZlibPageDecompressor owner) : Stream
    {
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
            int count = Math.Min(buffer.Length, owner.Rest.Length);
            owner.Rest[..count].CopyTo(buffer);
            owner.Advance(count);
            owner._askedBeyondEnd |= count == 0;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>zstd, one stream a channel.</summary>
internal sealed class ZstdPageDecompressor : PageDecompressor
{
    private readonly ZstdSharp.Decompressor _decompressor = new();

    public override uint Flag => MultifdPacket.FlagZstd;

    public override string Name => "zstd";

    public override bool TryReadPage(Span<byte> page)
    {
        while (!page.IsEmpty)
        {
            OperationStatus status = _decompressor.UnwrapStream(Rest, page, out int consumed, out int written);
            if (status == OperationStatus.InvalidData || (consumed == 0 && written == 0))
                return false;
            Advance(consumed);
            page = page[written..];
        }
        return true;
    }

    public override bool TryEnd() => true;

    public override void Dispose()
    {
        _decompressor.Dispose();
        base.Dispose();
    }
}
