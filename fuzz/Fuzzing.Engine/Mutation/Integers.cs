using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>Numbers of any width in bytes, and those worth trying.</summary>
internal static class Integers
{
    /// <summary>Reads a number of 1 to 8 bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes, bool isLittleEndian = false)
    {
        ulong value = 0;
        for (int i = 0; i < bytes.Length; i++)
            value = value << 8 | bytes[isLittleEndian ? bytes.Length - 1 - i : i];
        return value;
    }

    /// <summary>Writes a number of 1 to 8 bytes; what does not fit is lost.</summary>
    public static void Write(Span<byte> bytes, ulong value, bool isLittleEndian = false)
    {
        for (int i = 0; i < bytes.Length; i++, value >>= 8)
            bytes[isLittleEndian ? i : bytes.Length - 1 - i] = unchecked((byte)value);
    }

    /// <summary>A number at which programs go wrong: a power of two, one off it, all ones, or small.</summary>
    public static ulong Boundary(Prng random, int width) => unchecked(random.NextInt(8) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => (1UL << random.NextInt(8 * width)) - 1,
        3 => (1UL << random.NextInt(8 * width)) + 1,
        4 => ulong.MaxValue - (1UL << random.NextInt(8 * width)) + 1,
        5 => (ulong)random.NextInt(17),
        6 => 1UL << ((8 * width) - 1),
        _ => 1UL << random.NextInt(8 * width),
    });
}
