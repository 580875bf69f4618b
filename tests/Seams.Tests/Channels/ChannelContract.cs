using System.Runtime.InteropServices;
using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Channels;

/// <summary>What every channel promises (<see cref="MigrationChannel"/>), whatever host it lives in: the destination is told no more.</summary>
public abstract class ChannelContract : IDisposable
{
    private const int Length = 150_000;

    private static readonly byte[] Content = [.. Enumerable.Range(0, Length).Select(i => (byte)(((i * 31) + (i >> 8)) & 0xff))];

    private readonly ChannelHost _host;

    protected ChannelContract(ChannelHost host) => _host = host;

    public void Dispose()
    {
        _host.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(70_000)]
    [InlineData(2 * Length)]
    public void Bytes_come_in_order_whatever_the_sizes(int size)
    {
        byte[] sent = size == 1 ? Content[..3000] : Content;
        _host.Run(sent, ends: true, async channel => Assert.Equal(sent, await ReadAllAsync(channel, size)));
    }

    [Fact]
    public void Read_says_0_at_the_end_and_for_ever_after() => _host.Run(Content, ends: true, async channel =>
    {
        await ReadAllAsync(channel, 4096);
        byte[] buffer = new byte[16];
        for (int i = 0; i < 3; i++)
            Assert.Equal(0, await ReadAsync(channel, Length, buffer));
    });

    [Fact]
    public void Stream_without_a_byte_ends_at_once() =>
        _host.Run([], ends: true, async channel => Assert.Empty(await ReadAllAsync(channel, 16)));

    [Fact]
    public void Reads_in_place_fill_pieces_in_order_and_go_on_where_they_ended() => _host.Run(Content, ends: true, async channel =>
    {
        if (!channel.ReadsInPlace)
        {
            await Assert.ThrowsAsync<NotSupportedException>(async () => await channel.ReadInPlaceAsync(new MemoryPiece[1]));
            return;
        }

        // Some by an ordinary read, as a header; then pieces of odd lengths, which do not lie in the order of the stream.
        byte[] head = new byte[100];
        int at = await channel.ReadAsync(head);
        Assert.Equal(Content[..at], head[..at]);
        using NativeMemoryRegion memory = new(Length);
        List<MemoryPiece> places = PlacesIn(memory, at);
        int lengthOfAll = (int)places.Sum(piece => piece.LengthBytes);
        int done = 0;
        while (done < lengthOfAll)
        {
            int read = await channel.ReadInPlaceAsync(Rest(places, done));
            Assert.InRange(read, 1, lengthOfAll - done);
            done += read;
        }

        Assert.Equal(Content[at..(at + lengthOfAll)], Joined(places));
        byte[] tail = await ReadAllAsync(channel, 5000, at + lengthOfAll);
        Assert.Equal(Content[(at + lengthOfAll)..], tail);
        Assert.Equal(0, await channel.ReadInPlaceAsync(places.ToArray()));
    });

    [Fact]
    public void Channel_lends_always_or_never_and_windows_stay_valid() => _host.Run(Content, ends: true, async channel =>
    {
        await Task.CompletedTask;
        bool lends = channel.TryLend(0, 1, out ReadOnlyMemory<byte> first);
        int[] offsets = [0, 1, 4095, 70_000, Length - 1];
        List<(int Offset, ReadOnlyMemory<byte> Window)> windows = [];
        foreach (int offset in offsets)
        {
            Assert.Equal(lends, channel.TryLend(offset, 5000, out ReadOnlyMemory<byte> window));
            Assert.InRange(window.Length, lends ? Math.Min(5000, Length - offset) : 0, lends ? Length - offset : 0);
            windows.Add((offset, window));
        }

        foreach ((int offset, ReadOnlyMemory<byte> window) in windows)
            Assert.True(window.Span.SequenceEqual(Content.AsSpan(offset, window.Length)));
        Assert.True(first.Span.SequenceEqual(Content.AsSpan(0, first.Length)));
        foreach (long offset in (long[])[Length, Length + 1, 1L << 40])
        {
            Assert.Equal(lends, channel.TryLend(offset, 1, out ReadOnlyMemory<byte> beyond));
            Assert.True(beyond.IsEmpty);
        }
    });

    [Fact]
    public void Channel_that_seeks_reads_anywhere() => _host.Run(Content, ends: true, async channel =>
    {
        byte[] buffer = new byte[1000];
        if (!channel.CanSeek)
        {
            await Assert.ThrowsAsync<NotSupportedException>(async () => await channel.ReadAtAsync(0, buffer));
            return;
        }

        foreach (int offset in (int[])[70_000, 0, 4095, Length - 1, 1])
        {
            int count = await channel.ReadAtAsync(offset, buffer);
            Assert.InRange(count, 1, Math.Min(buffer.Length, Length - offset));
            Assert.Equal(Content.AsSpan(offset, count), buffer.AsSpan(0, count));
        }

        foreach (long offset in (long[])[Length, Length + 1, 1L << 40])
            Assert.Equal(0, await channel.ReadAtAsync(offset, buffer));
    });

    [Fact]
    public void Shutdown_is_repeatable_and_reading_behind_it_ends() => _host.Run(Content, ends: true, async channel =>
    {
        await ReadAsync(channel, 0, new byte[10]);
        channel.Shutdown();
        channel.Shutdown();
        channel.ShutdownRead();

        // What had come may still be read; then it is over, as an end or as a failure.
        try
        {
            for (int at = 10; at < 2 * Length;)
            {
                int count = await ReadAsync(channel, at, new byte[4096]);
                if (count == 0)
                    break;
                at += count;
                Assert.InRange(at, 1, Length);
            }
        }
        catch (IOException)
        {
        }

        channel.Shutdown();
    });

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Shutdown_by_another_task_ends_a_read_that_waits(bool onlyReading, bool inPlace)
    {
        if (!_host.CanBeOpen)
            return;
        _host.Run(Content[..100], ends: false, async channel =>
        {
            if (inPlace && !channel.ReadsInPlace)
                return;
            using NativeMemoryRegion memory = new(4096);
            int read = 0;
            Task reading = _host.Beside(async () =>
            {
                try
                {
                    for (int count = 1; read < 100 && count > 0; read += count)
                        count = await channel.ReadAsync(new byte[100 - read]);
                    Assert.Equal(0, inPlace ? await channel.ReadInPlaceAsync(new[] { Piece(memory, 0, 4096) }) : await channel.ReadAsync(new byte[16]));
                }
                catch (IOException)
                {
                    // As good an end.
                }
            });
            await _host.Settle(() => Volatile.Read(ref read) == 100);
            Assert.False(reading.IsCompleted);
            if (onlyReading)
                channel.ShutdownRead();
            else
                channel.Shutdown();
            await _host.Await(reading);
        });
    }

    [Fact]
    public void Reading_can_be_shut_down_alone() => _host.Run(Content[..100], ends: true, async channel =>
    {
        if (!_host.HasTwoDirections)
            return;
        channel.ShutdownRead();
        await channel.WriteAsync(new byte[] { 1, 2, 3 });
    });

    [Fact]
    public void Write_behind_a_shutdown_is_an_io_failure() => _host.Run(Content[..100], ends: true, async channel =>
    {
        if (_host.CanWrite)
            await channel.WriteAsync(new byte[] { 1, 2, 3 });
        channel.Shutdown();
        await Assert.ThrowsAnyAsync<IOException>(async () => await channel.WriteAsync(new byte[] { 4 }));
    });

    private static async Task<byte[]> ReadAllAsync(MigrationChannel channel, int size, int at = 0)
    {
        List<byte> read = [];
        byte[] buffer = new byte[size];
        while (true)
        {
            int count = await ReadAsync(channel, at + read.Count, buffer);
            if (count == 0)
                return [.. read];
            read.AddRange(buffer[..count]);
        }
    }

    // As the destination reads: lent, at an offset, or on.
    private static async ValueTask<int> ReadAsync(MigrationChannel channel, long offset, Memory<byte> buffer)
    {
        if (channel.TryLend(offset, buffer.Length, out ReadOnlyMemory<byte> window))
        {
            int count = Math.Min(window.Length, buffer.Length);
            window[..count].CopyTo(buffer);
            return count;
        }

        return await (channel.CanSeek ? channel.ReadAtAsync(offset, buffer) : channel.ReadAsync(buffer));
    }

    private static List<MemoryPiece> PlacesIn(NativeMemoryRegion memory, int from)
    {
        int[] lengths = [1, 4096, 4095, 20_000, 3, 40_000];
        List<MemoryPiece> places = [];
        int end = Length - from;
        foreach (int length in lengths)
        {
            end -= length;
            places.Add(Piece(memory, end, length));
        }

        return places;
    }

    private static unsafe MemoryPiece Piece(NativeMemoryRegion memory, int offset, int length) => new((nint)(memory.Address + offset), length);

    private static MemoryPiece[] Rest(List<MemoryPiece> places, int done)
    {
        List<MemoryPiece> rest = [];
        foreach (MemoryPiece place in places)
        {
            int skipped = (int)Math.Min(done, place.LengthBytes);
            done -= skipped;
            if (place.LengthBytes > skipped)
                rest.Add(new(place.Address + skipped, place.LengthBytes - skipped));
        }

        return [.. rest];
    }

    private static byte[] Joined(List<MemoryPiece> places)
    {
        List<byte> joined = [];
        foreach (MemoryPiece place in places)
        {
            byte[] bytes = new byte[place.LengthBytes];
            Marshal.Copy(place.Address, bytes, 0, bytes.Length);
            joined.AddRange(bytes);
        }

        return [.. joined];
    }
}
