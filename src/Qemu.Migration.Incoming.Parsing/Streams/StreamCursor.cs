using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// A place in a stream that is read structure by structure, for <c>dump</c> and <c>describe</c>. The channels used here complete every
/// read before they return.
/// </summary>
internal sealed class StreamCursor(MigrationChannel channel) : IDisposable
{
    private readonly QemuFileReader _reader = new(channel);

    /// <summary>Absolute offset of the next byte.</summary>
    public long Offset => _reader.OffsetBytes;

    /// <summary>The bytes read ahead.</summary>
    public ReadOnlySpan<byte> Left => _reader.Window;

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    /// <summary>Reads a structure and goes behind it.</summary>
    /// <typeparam name="T">The structure. Names in it stay valid until the next call.</typeparam>
    /// <param name="decode">Its decoder.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <returns>The structure.</returns>
    /// <exception cref="FormatException">The stream ends inside it, or its bytes are wrong.</exception>
    public T Take<T>(Decoder<T> decode, string what)
        where T : allows ref struct
    {
        while (true)
        {
            DecodeStatus status = decode(Left, out T value, out int consumed);
            if (status == DecodeStatus.Done)
            {
                _reader.Advance(consumed);
                return value;
            }
            if (!status.NeedsMoreData)
                throw Bad($"{what} that is wrong: {Convert.ToHexStringLower(Left[..Math.Min(Left.Length, 16)])}");
            Need(status.NeededBytes, what);
        }
    }

    /// <summary>Whether a structure follows; it is not read.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="decode">Its decoder.</param>
    /// <returns>False where other bytes stand there, or the stream ends inside it.</returns>
    public bool Follows<T>(Decoder<T> decode)
        where T : allows ref struct
    {
        DecodeStatus status;
        while ((status = decode(Left, out _, out _)).NeedsMoreData)
        {
            if (!Fill(status.NeededBytes))
                return false;
        }
        return status == DecodeStatus.Done;
    }

    /// <summary>Reads ahead.</summary>
    /// <param name="count">Bytes that <see cref="Left"/> shall hold.</param>
    /// <returns>False where the stream ends before.</returns>
    public bool Fill(int count) => _reader.FillAsync(count).AsTask().GetAwaiter().GetResult();

    /// <summary>Reads ahead what must be there.</summary>
    /// <param name="count">Bytes that <see cref="Left"/> shall hold.</param>
    /// <param name="what">What needs them, for the error.</param>
    /// <exception cref="FormatException">The stream ends before, or nothing of this kind is that long.</exception>
    public void Need(int count, string what)
    {
        if (Left.Length >= count)
            return;
        if (count > QemuFileReader.LargestFillBytes)
            throw Bad($"{what} of {count} bytes, more than are read at once");
        if (!Fill(count))
            throw Bad(_reader.Failure is { } failure ? $"{what} cannot be read: {failure}" : $"the stream ends inside {what}");
    }

    /// <summary>Goes over bytes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">What they are, for the error.</param>
    /// <exception cref="FormatException">The stream ends before.</exception>
    public void Skip(long count, string what)
    {
        if (!_reader.SkipAsync(count).AsTask().GetAwaiter().GetResult())
            throw Bad($"the stream ends inside {what} of {count} bytes");
    }

    /// <summary>Goes forward to a place further on; jumps where the stream can.</summary>
    /// <param name="offset">Absolute offset, not before <see cref="Offset"/>.</param>
    /// <param name="what">What is passed, for the error.</param>
    /// <exception cref="FormatException">The stream ends before.</exception>
    public void GoTo(long offset, string what)
    {
        if (_reader.CanSeek)
            _reader.Seek(offset);
        else
            Skip(offset - Offset, what);
    }

    /// <summary>Why the stream cannot be followed any further.</summary>
    /// <param name="what">What is wrong.</param>
    /// <param name="offset">Where; null for here.</param>
    /// <returns>The exception.</returns>
    public FormatException Bad(string what, long? offset = null) => new($"at offset {offset ?? Offset} (0x{offset ?? Offset:x}): {what}");
}
