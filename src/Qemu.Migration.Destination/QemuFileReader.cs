using System.Buffers;
using System.Buffers.Binary;
using Qemu.Migration.Destination.Environment;

namespace Qemu.Migration.Destination;

/// <summary>
/// QEMUFile, the reading side: a window on a channel's bytes. The only place that awaits bytes; everything below it decodes what
/// the window holds, synchronously, and says how much more it needs.
/// </summary>
public sealed class QemuFileReader : IDisposable
{
    private readonly MigrationChannel _channel;
    private byte[]? _buffer;
    private ReadOnlyMemory<byte> _window;
    private int _start;
    private int _end;
    private bool _lends;
    private long _offset;

    /// <summary>Makes a reader at offset 0 of a channel.</summary>
    /// <param name="channel">The channel; nobody else reads it.</param>
    public QemuFileReader(MigrationChannel channel)
    {
        _channel = channel;
        _lends = channel.TryLend(0, 1, out _window);
        _end = _window.Length;
    }

    /// <summary>The bytes read ahead and not consumed yet.</summary>
    public ReadOnlySpan<byte> Window =>
        _lends ? _window.Span[_start..] : _buffer is null ? default : _buffer.AsSpan(_start, _end - _start);

    /// <summary>qemu_file_transferred: absolute offset of the window's first byte, which is the bytes consumed. May be read by any
    /// task.</summary>
    public long OffsetBytes => Volatile.Read(ref _offset);

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

    /// <summary>No C name: the most that one <see cref="FillAsync"/> may ask for, in bytes: a record of the largest page with its
    /// name and header fits.</summary>
    public const int LargestFillBytes = 128 * 1024;

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

    /// <summary>A big-endian u16 in the window.</summary>
    internal ushort PeekUInt16(int at = 0) => BinaryPrimitives.ReadUInt16BigEndian(Window[at..]);

    /// <summary>A big-endian u32 in the window.</summary>
    internal uint PeekUInt32(int at = 0) => BinaryPrimitives.ReadUInt32BigEndian(Window[at..]);

    /// <summary>A big-endian u64 in the window.</summary>
    internal ulong PeekUInt64(int at = 0) => BinaryPrimitives.ReadUInt64BigEndian(Window[at..]);

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
        _channel.TryLend(_offset, count, out _window);
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
            int read;
            try
            {
                read = await _channel.ReadAsync(_buffer.AsMemory(_end));
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

    // What is left moves to the front, so that a record never straddles the buffer's end. It is less than one record.
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
