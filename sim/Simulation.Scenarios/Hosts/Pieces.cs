using Qemu.Migration.Destination.Hosting;

namespace Simulation.Scenarios.Hosts;

/// <summary>What a read in place fills.</summary>
internal static class Pieces
{
    /// <summary>Room in all pieces.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <returns>Bytes.</returns>
    public static long Room(ReadOnlySpan<MemoryPiece> pieces)
    {
        long room = 0;
        foreach (MemoryPiece piece in pieces)
            room += piece.LengthBytes;
        return room;
    }

    /// <summary>Fills pieces in their order.</summary>
    /// <param name="pieces">Where to.</param>
    /// <param name="bytes">What, at most as much as there is room.</param>
    public static unsafe void Fill(ReadOnlySpan<MemoryPiece> pieces, ReadOnlySpan<byte> bytes)
    {
        foreach (MemoryPiece piece in pieces)
        {
            int count = (int)Math.Min(piece.LengthBytes, bytes.Length);
            bytes[..count].CopyTo(new Span<byte>((void*)piece.Address, count));
            bytes = bytes[count..];
        }
    }
}
