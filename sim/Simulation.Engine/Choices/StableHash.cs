using System.Numerics;

namespace Simulation.Engine.Choices;

/// <summary>Hashes that are the same in every process and on every machine, so that they may decide what a run does.</summary>
public static class StableHash
{
    private const ulong FnvOffsetBasis = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>FNV-1a, 64 bits, over the UTF-16 code units, low byte first.</summary>
    /// <param name="text">The text; its case counts.</param>
    /// <returns>The hash.</returns>
    public static ulong OfText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ulong hash = FnvOffsetBasis;
        foreach (char unit in text)
        {
            hash = unchecked((hash ^ (byte)unit) * FnvPrime);
            hash = unchecked((hash ^ (byte)(unit >> 8)) * FnvPrime);
        }

        return hash;
    }

    /// <summary>The output function of SplitMix64: a bijection in which every input bit moves every output bit.</summary>
    /// <param name="value">Any value.</param>
    /// <returns>The mixed value.</returns>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }

    /// <summary>One hash of two values; the order counts.</summary>
    /// <param name="first">The first value.</param>
    /// <param name="second">The second value.</param>
    /// <returns>The combined hash.</returns>
    public static ulong Combine(ulong first, ulong second) =>
        unchecked(Mix(BitOperations.RotateLeft(Mix(first + GoldenGamma), 23) ^ (second + GoldenGamma)));
}
