using System.Buffers;
using System.Buffers.Binary;
using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination;

/// <summary>
/// QEMUFile, the reading side: a window on a channel's bytes. The only place that awaits bytes; everything below it decodes what
/// the window holds, synchronously, and says how much more it needs.
/// </summary>
internal sealed class QemuFileReader : IDisposable
{
    private readonly MigrationChannel _channel;
    private byte[]? _buffer;
    private ReadOnlyMemory<byte> _window;
    private int _start;
    private int _end;
    private bool _lends;
    private long _offset;
    private long _consumed;

    /// <summary>Makes a reader at offset 0 of a channel.</summary>
    /// <param name="channel">The channel; nobody else reads it.</param>
    public QemuFileReader(MigrationChannel channel)
    {
        _channel = channel;
        _offset = channel.OriginBytes;
        _lends = channel.TryLend(0, 1, out _window);
        _end = _window.Length;
    }

    /// <summary>The bytes read ahead and not consumed yet.</summary>
    public ReadOnlySpan<byte> Window =>
        _lends ? _window.Span[_start..] : _buffer is null ? default : _buffer.AsSpan(_start, _end - _start);

    /// <summary>absolute offset of the window's first byte in its file or stream. May be read by any task.</summary>
    public long OffsetBytes => Volatile.Read(ref _offset);

    /// <summary>qemu_file_transferred: bytes consumed, whatever was skipped by seeking. May be read by any task.</summary>
    public long ConsumedBytes => Volatile.Read(ref _consumed);

    /// <summary>Whether bytes can be read anywhere.</summary>
    public bool CanSeek => _lends || _channel.CanSeek;

    /// <summary>Whether the channel has nothing beyond the window.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>Why the channel failed, where it did; it then counts as ended.</summary>
    public string? Failure { get; private set; }

    /// <summary>Consumes bytes.</summary>
    /// <param name="count">How many, at most the window's length.</param>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_end - _start));
        _start += count;
        Volatile.Write(ref _offset, _offset + count);
        Volatile.Write(ref _consumed, _consumed + count);
    }

    /// <summary>Goes on at another place of a channel that can seek.</summary>
    /// <param name="offset">Absolute offset in the file.</param>
    public void Seek(long offset)
    {
        Invariant.Holds(CanSeek, "only a channel that can seek is asked to");
        _start = _end = 0;
        _window = default;
        AtEnd = false;
        Volatile.Write(ref _offset, offset);
    }

    /// <summary>Reads bytes from anywhere in a channel that can seek to where they belong, without consuming them. Several tasks may do so
    /// at a time.</summary>
    /// <param name="offset">Absolute offset in the file.</param>
    /// <param name="destination">Where to. A channel that ends or fails before leaves part of it written, unless it lends.</param>
    /// <returns>False when the channel ends or fails before.</returns>
    public async ValueTask<bool> ReadAtAsync(long offset, Memory<byte> destination)
    {
        offset -= _channel.OriginBytes;
        if (_lends)
            return TryCopyLent(offset, destination);
        for (int done = 0; done < destination.Length;)
        {
            int read;
            try
            {
                read = await _channel.ReadAtAsync(offset + done, destination[done..]);
            }
            catch (IOException error)
            {
                Failure = error.Message;
                return false;
            }
            if (read == 0)
                return false;
            done += read;
        }
        return true;
    }

    private bool TryCopyLent(long offset, Memory<byte> destination)
    {
        _channel.TryLend(offset, destination.Length, out ReadOnlyMemory<byte> lent);
        if (lent.Length < destination.Length)
            return false;
        lent[..destination.Length].CopyTo(destination);
        return true;
    }

    /// <summary>Reads until the window holds a number of bytes.</summary>
    /// <param name="count">How many, at most <see cref="LargestFillBytes"/>.</param>
    /// <returns>False when the channel ends or fails before: the window then holds what was left.</returns>
    public ValueTask<bool> FillAsync(int count)
    {
        if (_end - _start >= count)
            return ValueTask.FromResult(true);
        if (_lends)
            return ValueTask.FromResult(Borrow(count));
        return AtEnd ? ValueTask.FromResult(false) : ReadAsync(count);
    }

    /// <summary>Reads until a structure is whole in the window, or its bytes are known to be wrong: decoding it then needs no more.</summary>
    /// <typeparam name="T">The structure.</typeparam>
    /// <param name="decode">Its decoder.</param>
    /// <returns>False when the channel ends or fails inside the structure.</returns>
    internal ValueTask<bool> FillForAsync<T>(Decoder<T> decode)
        where T : allows ref struct
    {
        int neededBytes = decode(Window, out _, out _).NeededBytes;
        return neededBytes == 0 ? ValueTask.FromResult(true) : FillForAsync(decode, neededBytes);
    }

    private async ValueTask<bool> FillForAsync<T>(Decoder<T> decode, int neededBytes)
        where T : allows ref struct
    {
        for (; neededBytes > 0; neededBytes = decode(Window, out _, out _).NeededBytes)
        {
            if (!await FillAsync(neededBytes))
                return false;
        }
        return true;
    }

    /// <summary>No C name: the most that one <see cref="FillAsync"/> may ask for, in bytes: a record of the largest page with its
    /// name and header fits.</summary>
    public const int LargestFillBytes = 128 * 1024;

    /// <summary>Whether the reader takes more than it is asked for, where more is there. Off on a channel whose payloads are read
    /// in place.</summary>
    public bool ReadsAhead { get; set; } = true;

    /// <summary>Consumes bytes straight into memory outside the heap; the window must be empty.</summary>
    /// <param name="pieces">Where to.</param>
    /// <returns>Bytes read; 0 when the channel ends or fails.</returns>
    public async ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        Invariant.Holds(_start == _end, "what was read ahead comes first");
        int read;
        try
        {
            read = await _channel.ReadInPlaceAsync(pieces);
        }
        catch (IOException error)
        {
            Failure = error.Message;
            read = 0;
        }
        AtEnd |= read == 0;
        Volatile.Write(ref _offset, _offset + read);
        Volatile.Write(ref _consumed, _consumed + read);
        return read;
    }

    /// <summary>Consumes bytes without looking at them.</summary>
    /// <param name="count">How many, not negative.</param>
    /// <returns>False when the channel ends or fails before.</returns>
    public async ValueTask<bool> SkipAsync(long count)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(1))
                return false;
            int step = (int)Math.Min(count, _end - _start);
            Advance(step);
            count -= step;
        }
        return true;
    }

    /// <summary>The window's first byte.</summary>
    internal byte PeekByte() => Window[0];

    /// <summary>The window's first four bytes as a big-endian number: the magic of a connection.</summary>
    internal uint PeekUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Window);

    /// <summary>Gives the buffer back. The window is empty from now on.</summary>
    public void Dispose()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        _window = default;
        _start = _end = 0;
        _lends = false;
        AtEnd = true;
    }

    private bool Borrow(int count)
    {
        _channel.TryLend(_offset - _channel.OriginBytes, count, out _window);
        _start = 0;
        _end = _window.Length;
        AtEnd = _end < count;
        return !AtEnd;
    }

    private async ValueTask<bool> ReadAsync(int count)
    {
        MakeRoom(count);
        while (_end - _start < count)
        {
            Memory<byte> room = ReadsAhead ? _buffer.AsMemory(_end) : _buffer.AsMemory(_end, count - (_end - _start));
            int read;
            try
            {
                read = await ReadFromChannel(_offset - _channel.OriginBytes + (_end - _start), room);
            }
            catch (IOException error)
            {
                Failure = error.Message;
                read = 0;
            }
            if (read == 0)
            {
                AtEnd = true;
                return false;
            }
            _end += read;
        }
        return true;
    }

    // A channel that fails has ended, and says why: whoever awaits this sees to that, without a method in between that would cost a
    // suspension more at every read.
    private ValueTask<int> ReadFromChannel(long offset, Memory<byte> buffer) =>
        _channel.CanSeek ? _channel.ReadAtAsync(offset, buffer) : _channel.ReadAsync(buffer);

    // Move the rest to the front, so that no record crosses the end of the buffer. The rest is shorter than one record.
    private void MakeRoom(int count)
    {
        _buffer ??= ArrayPool<byte>.Shared.Rent(Math.Max(_channel.ReadSizeBytes, LargestFillBytes));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length);
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
    }
}
