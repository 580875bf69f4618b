using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Qemu.Migration.Incoming.Native;

namespace Qemu.Migration.Incoming.Channels;

/// <summary>A regular file, mapped whole, so that a page is copied once: from the page cache into guest memory. The file must not be
/// made shorter meanwhile: the kernel would end the process.</summary>
internal sealed unsafe class MappedFileChannel : LendingChannel
{
    private readonly byte* _file;
    private readonly long _fileBytes;
    private readonly long _offset;
    private readonly object _lock = new();
    private long _presentFrom;
    private long _presentTo;
    private volatile bool _ended;

    /// <summary>Maps a file that is not empty.</summary>
    /// <param name="name">Its name, for people.</param>
    /// <param name="file">The file; it may be closed afterwards.</param>
    /// <param name="offset">Where in it the stream begins.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public MappedFileChannel(string name, SafeFileHandle file, long offset)
    {
        Name = name;
        _fileBytes = RandomAccess.GetLength(file);
        _offset = Math.Min(offset, _fileBytes);
        void* mapping = LibC.Map(null, (nuint)_fileBytes, LibC.ProtectionRead, LibC.MapShared, (int)file.DangerousGetHandle(), 0);
        if (mapping == LibC.MapFailed)
            throw new IOException($"'{name}' could not be mapped: {Marshal.GetLastPInvokeErrorMessage()}");
        _file = (byte*)mapping;
        _ = LibC.Advise(mapping, (nuint)_fileBytes, LibC.AdviseSequential);
    }

    /// <summary>Unmaps, once neither the channel nor a window of it is in use.</summary>
    ~MappedFileChannel() => _ = LibC.Unmap(_file, (nuint)_fileBytes);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long OriginBytes => _offset;

    /// <inheritdoc/>
    public override long LengthBytes => _fileBytes - _offset;

    /// <summary>Lends nothing more. The mapping stays as long as a window does, whoever calls this and whenever.</summary>
    public override void Shutdown() => _ended = true;

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        if (_ended)
            return default;
        MakePresent(_offset + offset, count);
        return new Window(this, _offset + offset, count).Memory;
    }

    // One call makes a window's pages present, in place of a fault for every few of them. Windows overlap where a file is not read
    // in one go: what was made present is not asked for again.
    private void MakePresent(long first, long count)
    {
        long end = first + count;
        lock (_lock)
        {
            if (first >= _presentFrom && first <= _presentTo)
                first = Math.Min(end, _presentTo);
            else
                _presentFrom = first;
            _presentTo = Math.Max(end, first);
        }
        first &= ~4095L;
        if (first < end)
            _ = LibC.Advise(_file + first, (nuint)(end - first), LibC.AdvisePopulateRead);
    }

    // Holds the channel, and with it the mapping.
    private sealed class Window(MappedFileChannel channel, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(channel._file + offset, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(channel._file + offset + elementIndex);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
