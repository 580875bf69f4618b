using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Qemu.Migration.Wire;
using Simulation.Source.Guest;
using Simulation.Source.Precopy;
using TestKit;

namespace Source.Tests;

/// <summary>
/// The XBZRLE cache and encoder against recorded migrations of a guest that writes: page by page the cache must say what the real
/// source's said, and each delta must be the recorded one, byte for byte.
/// </summary>
public class XbzrleReplayTests
{
    [Theory]
    [InlineData("pc-xbzrle")]
    [InlineData("pc-xbzrle-overflow")]
    public void Recorded_deltas_come_out_again(string name)
    {
        Capture capture = Capture.Open(name);
        Replay replay = new(capture.MainStream());
        replay.Run();
        JsonElement cache = capture.Meta.GetProperty("source_query_migrate").GetProperty("xbzrle-cache");
        Assert.True(replay.Records + replay.Overflows > 0, "the capture has no deltas");
        Assert.Equal(cache.GetProperty("cache-miss").GetInt64(), replay.Misses);
        Assert.Equal(cache.GetProperty("overflow").GetInt64(), replay.Overflows);
        Assert.Equal(cache.GetProperty("bytes").GetInt64(), replay.Bytes);
        Assert.InRange(replay.Records + replay.Overflows, 1, cache.GetProperty("pages").GetInt64());
    }

    // Reads the ram sections only. Deltas begin when the first pass over RAM is over: when a page comes again.
    private sealed class Replay(byte[] stream)
    {
        private readonly XbzrleCache _cache = new(64 << 20);
        private readonly Dictionary<(string Block, ulong Offset), int> _pages = [];
        private readonly byte[] _delta = new byte[GuestRam.UsualPageBytes];
        private int _at;
        private string _block = "";
        private bool _started;
        private bool _last;

        public long Misses { get; private set; }

        public long Overflows { get; private set; }

        public long Records { get; private set; }

        public long Bytes { get; private set; }

        public void Run()
        {
            _at = stream.AsSpan().IndexOf("\u0003ram"u8) + 4 + 8;
            ReadRecords();
            while (!_last)
            {
                if (stream[_at] == 8)
                {
                    _at += 5 + BinaryPrimitives.ReadUInt16BigEndian(stream.AsSpan(_at + 3));
                    continue;
                }
                Assert.InRange(stream[_at], 2, 3);
                _last = stream[_at] == 3;
                _at += 5;
                ReadRecords();
            }
        }

        private void ReadRecords()
        {
            while (true)
            {
                ulong header = BinaryPrimitives.ReadUInt64BigEndian(stream.AsSpan(_at));
                uint flags = (uint)(header & 0xfff);
                _at += 8;
                if ((flags & RamFlags.Eos) != 0)
                    break;
                if ((flags & RamFlags.MemSize) != 0)
                    SkipBlockList(header & ~0xffful);
                else
                    ReadPage(header & ~0xffful, flags);
            }
            _at += 5;
        }

        private void SkipBlockList(ulong total)
        {
            for (ulong seen = 0; seen < total; seen += BinaryPrimitives.ReadUInt64BigEndian(stream.AsSpan(_at - 8)))
                _at += 1 + stream[_at] + 8;
        }

        private void ReadPage(ulong offset, uint flags)
        {
            if ((flags & RamFlags.Continue) == 0)
            {
                _block = Encoding.ASCII.GetString(stream, _at + 1, stream[_at]);
                _at += 1 + stream[_at];
            }
            if (!_pages.TryGetValue((_block, offset), out int page))
                _pages.Add((_block, offset), page = _pages.Count);
            else
                _started = true;
            if ((flags & RamFlags.Zero) != 0)
                _at++;
            else if ((flags & RamFlags.Page) != 0)
                ReadWholePage(page);
            else
                ReadDelta(page);
        }

        private void ReadWholePage(int page)
        {
            ReadOnlySpan<byte> content = stream.AsSpan(_at, GuestRam.UsualPageBytes);
            _at += GuestRam.UsualPageBytes;
            if (!_started)
                return;
            if (_cache.TryGet(page, 1, out Span<byte> cached))
            {
                Assert.Equal(-1, Xbzrle.Encode(cached, content, _delta));
                Overflows++;
                Bytes += GuestRam.UsualPageBytes;
                content.CopyTo(cached);
                return;
            }
            Misses++;
            Assert.True(_last || _cache.TryInsert(page, content, 1));
        }

        private void ReadDelta(int page)
        {
            int count = BinaryPrimitives.ReadUInt16BigEndian(stream.AsSpan(_at + 1));
            byte[] recorded = stream.AsSpan(_at + 3, count).ToArray();
            _at += 3 + count;
            Assert.True(_cache.TryGet(page, 1, out Span<byte> cached), "a delta for a page that is not cached");
            byte[] content = cached.ToArray();
            Assert.True(Xbzrle.TryDecode(recorded, content));
            int encoded = Xbzrle.Encode(cached, content, _delta);
            Assert.Equal(Convert.ToHexString(recorded), Convert.ToHexString(_delta, 0, Math.Max(0, encoded)));
            content.CopyTo(cached);
            Records++;
            Bytes += 3 + count;
        }
    }
}
