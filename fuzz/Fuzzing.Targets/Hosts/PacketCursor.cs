using System.Buffers.Binary;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Hosts;

/// <summary>Where what has come on a connection ends.</summary>
internal enum PacketPlace
{
    /// <summary>No multifd channel: the main stream, or a stranger.</summary>
    Elsewhere,

    /// <summary>Inside the initial packet.</summary>
    Initial,

    /// <summary>Between packets.</summary>
    Between,

    /// <summary>Inside a packet's header.</summary>
    Header,

    /// <summary>Behind a header, inside the first page's worth of payload.</summary>
    FirstPage,

    /// <summary>Further on in the payload.</summary>
    LaterPage,
}

/// <summary>Follows the packets of one connection by their lengths, right or wrong. It reads the length itself: the wire's own code is
/// instrumented, and what is passed in here would count as reached in the destination.</summary>
internal sealed class PacketCursor
{
    private const int PageBytes = 4096;
    private const int PayloadLengthAt = 20;
    private static readonly int HeaderBytes = MultifdPacket.HeaderBytes(PageBytes);

    private int _packet = MultifdInitialPacket.SizeBytes;

    /// <summary>Where the bytes end.</summary>
    /// <param name="received">All that has come, not less than before.</param>
    public PacketPlace After(ReadOnlySpan<byte> received)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(received, out uint magic) || magic != MultifdPacket.Magic)
            return PacketPlace.Elsewhere;
        if (received.Length < MultifdInitialPacket.SizeBytes)
            return PacketPlace.Initial;
        while (true)
        {
            int inside = received.Length - _packet;
            if (inside == 0)
                return PacketPlace.Between;
            if (inside < HeaderBytes)
                return PacketPlace.Header;
            uint payload = BinaryPrimitives.ReadUInt32BigEndian(received[(_packet + PayloadLengthAt)..]);
            if (inside < HeaderBytes + (long)payload)
                return inside - HeaderBytes < PageBytes ? PacketPlace.FirstPage : PacketPlace.LaterPage;
            _packet += HeaderBytes + (int)payload;
        }
    }
}
