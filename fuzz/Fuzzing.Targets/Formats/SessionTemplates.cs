using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Formats;

/// <summary>Chunks of multifd sessions, and whole sessions.</summary>
internal static class SessionTemplates
{
    private const int PageBytes = 4096;

    /// <summary>Chunks that do something on each of the first connections.</summary>
    public static IEnumerable<byte[]> Chunks()
    {
        for (byte connection = 1; connection <= 3; connection++)
        {
            yield return Chunk(connection, Initial((byte)(connection - 1)));
            yield return Chunk(connection, Packet(MultifdPacket.FlagSync, 0, 0, []));
            yield return Chunk(connection, Packet(0, 2, 0, Places(connection)[..2], Pages(connection)));
            yield return Chunk(connection, Packet(0, 0, 2, [0x2000, 0x3000]));
            yield return [(byte)(connection | 0x80), 0, 0];
        }
        yield return Chunk(0, Main(1));
        yield return Chunk(0, StreamTemplates.Header(0, RamFlags.MultifdFlush));
        yield return Chunk(4, "GET / HTTP/1.0\r\n"u8.ToArray());

        // Time passes, and a channel that is cut comes.
        yield return [0x10, 0, 0];
        yield return [0x20, 0, 0];
        yield return Chunk(0x85, Initial(0)[..57]);
    }

    /// <summary>Whole sessions: one to four channels, each compression, one or two meeting points; each kind of channel and memory.</summary>
    public static IEnumerable<byte[]> Sessions()
    {
        for (int kind = 1; kind < 8; kind++)
        {
            byte[] session = Session(2, 2, "none");
            session[0] |= (byte)(kind << 5);
            yield return session;
        }
        byte[] listening = Session(2, 2, "none");
        listening[1] |= SessionScript.ListenerBit;
        yield return listening;
        for (int channels = 1; channels <= 4; channels++)
        {
            yield return Session(channels, 1, "none");
            yield return Session(channels, 2, "zlib");
            yield return Session(channels, 2, "zstd");
        }
    }

    private static byte[] Session(int channels, int flushes, string compression)
    {
        (uint flag, byte option, Func<byte[], byte[]> written) = compression switch
        {
            "zlib" => (MultifdPacket.FlagZlib, (byte)4, Zlib),
            "zstd" => (MultifdPacket.FlagZstd, (byte)8, Zstd),
            _ => (0u, (byte)0, (Func<byte[], byte[]>)(pages => pages)),
        };
        List<byte> script = [(byte)(option | (channels - 1))];
        script.AddRange(Chunk(0, Main(flushes)));
        for (byte channel = 0; channel < channels; channel++)
        {
            script.AddRange(Chunk((byte)(channel + 1), Initial(channel)));
            for (int i = 0; i < flushes; i++)
            {
                script.AddRange(Chunk((byte)(channel + 1), Packet(flag, 2, 1, Places(channel), written(Pages(channel)))));
                script.AddRange(Chunk((byte)(channel + 1), Packet(MultifdPacket.FlagSync, 0, 0, [])));
            }
        }
        return [.. script];
    }

    // Two pages and a page of zeroes; each channel's have a content and a place of their own, so that it shows in memory when one is
    // taken for another's.
    private static ulong[] Places(byte channel) => [0x2000UL * channel, (0x2000UL * channel) + 0x1000, 0x10000];

    private static byte[] Pages(byte channel)
    {
        byte[] pages = new byte[2 * PageBytes];
        pages.AsSpan(0, PageBytes).Fill((byte)((2 * channel) + 1));
        pages.AsSpan(PageBytes).Fill((byte)((2 * channel) + 2));
        return pages;
    }

    private static byte[] Zlib(byte[] pages) => Compressed(pages, into => new ZLibStream(into, CompressionLevel.Fastest));

    private static byte[] Zstd(byte[] pages) => Compressed(pages, into => new ZstdSharp.CompressionStream(into));

    private static byte[] Compressed(byte[] pages, Func<Stream, Stream> compressing)
    {
        using MemoryStream compressed = new();
        using Stream stream = compressing(compressed);
        for (int at = 0; at < pages.Length; at += PageBytes)
        {
            stream.Write(pages, at, PageBytes);
            stream.Flush();
        }
        return compressed.ToArray();
    }

    private static byte[] Main(int flushes)
    {
        List<byte> stream = [.. StreamTemplates.Whole()];

        // The flushes go before the EOS that ends the ram section.
        byte[] eos = StreamTemplates.Header(0, RamFlags.Eos);
        int at = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(stream).IndexOf(eos);
        for (int i = 0; i < flushes; i++)
            stream.InsertRange(at, StreamTemplates.Header(0, RamFlags.MultifdFlush));
        return [.. stream];
    }

    /// <summary>A channel's initial packet.</summary>
    public static byte[] Initial(byte id)
    {
        byte[] packet = new byte[MultifdInitialPacket.SizeBytes];
        new MultifdInitialPacket(null, id).Write(packet);
        return packet;
    }

    /// <summary>A packet.</summary>
    public static byte[] Packet(uint flags, uint normal, uint zero, ulong[] offsets, params byte[] payload)
    {
        byte[] header = new byte[MultifdPacket.HeaderBytes(PageBytes)];
        uint[] words = [MultifdPacket.Magic, MultifdPacket.Version, flags, offsets.Length == 0 ? 0u : 128u, normal, (uint)payload.Length];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 * i), words[i]);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(32), zero);
        Encoding.ASCII.GetBytes("ram").CopyTo(header, 64);
        for (int i = 0; i < offsets.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(MultifdPacket.FixedBytes + (8 * i)), offsets[i]);
        return [.. header, .. payload];
    }

    /// <summary>A chunk.</summary>
    public static byte[] Chunk(byte connection, byte[] content) =>
        [connection, (byte)(content.Length >> 8), (byte)(content.Length & 0xff), .. content];
}
