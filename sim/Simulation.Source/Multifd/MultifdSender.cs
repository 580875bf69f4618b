using System.Text;
using Simulation.Source.Savevm;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;

namespace Simulation.Source.Multifd;

/// <summary>
/// Packs pages of one block into packets and gives each packet to the next idle channel (stream reference, sections 4.2 to 4.6).
/// Whether a channel is idle is decided by who drains it, so that channels race where they are simulated and take turns where
/// they are only recorded.
/// </summary>
internal sealed class MultifdSender : IDisposable
{
    private const int InitialPacketTail = 39;
    private const int ReservedBytes = 28;
    private const int NameBytes = 256;

    private readonly SourceOptions _options;
    private readonly GuestRam _ram;
    private readonly SourceCounters _counters;
    private readonly MultifdSendChannel[] _channels;
    private readonly int[] _pages;
    private readonly uint _compressionFlag;
    private GuestBlock? _block;
    private int _count;
    private int _nextChannel;
    private ulong _packetNumber;

    public MultifdSender(SourceOptions options, GuestRam ram, SourceCounters counters)
    {
        _options = options;
        _ram = ram;
        _pages = new int[MultifdFlags.PagesPerPacket(ram.PageBytes)];
        _counters = counters;
        _compressionFlag = MultifdFlags.Of(options.MultifdCompression);
        _channels = new MultifdSendChannel[options.SendsPackets ? options.MultifdChannels : 0];
        for (int i = 0; i < _channels.Length; i++)
            _channels[i] = new MultifdSendChannel(i, options.MultifdCompression);
    }

    public IReadOnlyList<MultifdSendChannel> Channels => _channels;

    private static ReadOnlySpan<byte> Zeros => new byte[InitialPacketTail];

    /// <summary>Whether no channel has anything left to send.</summary>
    public bool IsIdle => Array.TrueForAll(_channels, channel => channel.IsIdle);

    /// <summary>Whether pages wait for their packet.</summary>
    public bool HasPages => _count > 0;

    /// <summary>Whether the packet takes no further page.</summary>
    public bool IsFull => _count == _pages.Length;

    /// <summary>Whether a page of the block may join the packet.</summary>
    public bool Accepts(GuestBlock block) => _count == 0 || (_block == block && !IsFull);

    /// <summary>Adds a page to the packet.</summary>
    public void Add(GuestBlock block, int page)
    {
        _block = block;
        _pages[_count++] = page;
    }

    /// <summary>Writes each channel's first packet.</summary>
    public void WriteInitialPackets(Guid? uuid)
    {
        foreach (MultifdSendChannel channel in _channels)
        {
            StreamBuffer output = channel.Output;
            int start = output.PendingCount;
            output.WriteUInt32(MultifdFlags.Magic);
            output.WriteUInt32(MultifdFlags.Version);
            output.Write((uuid ?? Guid.Empty).ToByteArray(bigEndian: true));
            output.WriteByte((byte)channel.Id);
            output.Write(Zeros[..InitialPacketTail]);
            Complete(output, StructureKind.MultifdInitial, start);
        }
    }

    /// <summary>Gives the waiting pages to the next idle channel.</summary>
    /// <returns>False when every channel is busy.</returns>
    public bool TrySend()
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            int index = (_nextChannel + i) % _channels.Length;
            if (!_channels[index].IsIdle)
                continue;
            _nextChannel = (index + 1) % _channels.Length;
            WritePacket(_channels[index]);
            return true;
        }
        return false;
    }

    /// <summary>Writes a SYNC packet on each channel. All must be idle, no page may wait.</summary>
    public void WriteSync()
    {
        foreach (MultifdSendChannel channel in _channels)
        {
            int start = channel.Output.PendingCount;
            WriteHeader(channel.Output, MultifdFlags.Sync, 0, 0, 0, null);
            Complete(channel.Output, StructureKind.MultifdPacket, start);
        }
    }

    /// <summary>Ends each channel, behind the last SYNC packet.</summary>
    public void WriteEnd()
    {
        foreach (MultifdSendChannel channel in _channels)
            Complete(channel.Output, StructureKind.MultifdEnd, channel.Output.PendingCount);
    }

    public void Dispose()
    {
        foreach (MultifdSendChannel channel in _channels)
            channel.Dispose();
    }

    private void WritePacket(MultifdSendChannel channel)
    {
        StreamBuffer output = channel.Output;
        int start = output.PendingCount;
        int normal = _options.ZeroPageDetection == ZeroPageDetection.Multifd ? Partition() : _count;
        if (channel.Compressor is { } compressor)
            WriteCompressed(output, compressor, normal);
        else
            WritePages(output, normal);
        _counters.Normal += normal;
        _counters.Duplicate += _count - normal;
        _count = 0;
        Complete(output, StructureKind.MultifdPacket, start);
    }

    private void WritePages(StreamBuffer output, int normal)
    {
        WriteHeader(output, 0, normal, _count - normal, normal * _ram.PageBytes, _block);
        for (int i = 0; i < normal; i++)
            output.WriteReferenced(_ram.Page(_pages[i]));
    }

    private void WriteCompressed(StreamBuffer output, MultifdCompressor compressor, int normal)
    {
        for (int i = 0; i < normal; i++)
            compressor.Add(_ram.Page(_pages[i]));
        ReadOnlySpan<byte> payload = normal == 0 ? default : compressor.Flush();
        WriteHeader(output, _compressionFlag, normal, _count - normal, payload.Length, _block);
        output.Write(payload);
    }

    // QEMU's way: the first zero page changes places with the last page not yet looked at.
    private int Partition()
    {
        int normal = 0;
        int last = _count - 1;
        while (normal <= last)
        {
            if (!_ram.IsZero(_pages[normal]))
            {
                normal++;
                continue;
            }
            (_pages[normal], _pages[last]) = (_pages[last], _pages[normal]);
            last--;
        }
        return normal;
    }

    private void WriteHeader(StreamBuffer output, uint flags, int normal, int zero, int payloadBytes, GuestBlock? block)
    {
        output.WriteUInt32(MultifdFlags.Magic);
        output.WriteUInt32(MultifdFlags.Version);
        output.WriteUInt32(flags);
        output.WriteUInt32(block is null ? 0u : (uint)_pages.Length);
        output.WriteUInt32((uint)normal);
        output.WriteUInt32((uint)payloadBytes);
        output.WriteUInt64(_packetNumber++);
        output.WriteUInt32((uint)zero);
        output.Write(Zeros[..ReservedBytes]);
        Span<byte> name = stackalloc byte[NameBytes];
        name.Clear();
        Encoding.ASCII.GetBytes(block?.Name ?? "", name);
        output.Write(name);
        for (int i = 0; i < _pages.Length; i++)
            output.WriteUInt64(i < normal + zero ? (ulong)block!.OffsetOf(_pages[i]) : 0);
    }

    private void Complete(StreamBuffer output, StructureKind kind, int start)
    {
        _counters.MultifdBytes += output.PendingCount - start;
        output.Complete(kind, start);
    }
}
