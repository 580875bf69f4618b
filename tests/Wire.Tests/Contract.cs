using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>Checks that hold of every structure, whole and cut.</summary>
internal static class Contract
{
    private const int GuardBytes = 40;

    /// <summary>Both checks of the encoding of one structure.</summary>
    public static void Assert(string structure, ReadOnlySpan<byte> encoded)
    {
        Recoder recode = WireStructure.All.Single(s => s.Name == structure).Recode;
        AssertCut(recode, encoded);
        AssertBounds(recode, encoded);
    }

    /// <summary>Cut at every byte it needs more, never more than there is in the end, and consumes nothing.</summary>
    public static void AssertCut(Recoder recode, ReadOnlySpan<byte> encoded)
    {
        byte[] room = new byte[encoded.Length];
        for (int length = 0; length < encoded.Length; length++)
        {
            DecodeStatus status = recode(encoded[..length], room, out int consumed, out _);
            Xunit.Assert.InRange(status.NeededBytes, length + 1, encoded.Length);
            Xunit.Assert.Equal(0, consumed);
        }
    }

    /// <summary>Whatever stands around it, it is read and written the same, and nothing around it is written.</summary>
    public static void AssertBounds(Recoder recode, ReadOnlySpan<byte> encoded)
    {
        foreach (byte guard in (ReadOnlySpan<byte>)[0x00, 0x5a, 0xff])
        {
            byte[] source = Guarded(encoded, guard);
            byte[] destination = Guarded(new byte[encoded.Length], guard);
            DecodeStatus status = recode(
                source.AsSpan(GuardBytes), destination.AsSpan(GuardBytes, encoded.Length), out int consumed, out int written);
            Xunit.Assert.Equal((DecodeStatus.Done, encoded.Length, encoded.Length), (status, consumed, written));
            Xunit.Assert.Equal(source, destination);
        }
    }

    private static byte[] Guarded(ReadOnlySpan<byte> bytes, byte guard)
    {
        byte[] guarded = new byte[bytes.Length + (2 * GuardBytes)];
        guarded.AsSpan().Fill(guard);
        bytes.CopyTo(guarded.AsSpan(GuardBytes));
        return guarded;
    }
}
