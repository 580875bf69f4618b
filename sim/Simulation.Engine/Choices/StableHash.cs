using System.Buffers.Binary;
using System.Numerics;

namespace Simulation.Engine.Choices;

/// <summary>Hashes that are the same in every process and on every machine, so that they may decide what a run does.</summary>
public static class StableHash
{
    private const ulong FnvOffsetBasis = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;
    private const ulong FoldMultiplier = 0x9FB21C651E98DF25;

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

    /// <summary>A hash of bytes, for comparing contents: eight bytes at a time.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>The hash; the length counts.</returns>
    public static ulong OfBytes(ReadOnlySpan<byte> bytes)
    {
        ulong state = Mix(unchecked((ulong)bytes.Length + GoldenGamma));
        while (bytes.Length >= sizeof(ulong))
        {
            Fold(ref state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte last in bytes)
            Fold(ref state, last);
        return Mix(state);
    }

    /// <summary>Folds a word into a chain, by a rotation, an exclusive-or and a multiplication with an odd constant: each is a bijection
    /// of the state, so that a difference, once in the chain, is never folded away by equal words behind it.</summary>
    /// <param name="state">The chain.</param>
    /// <param name="word">The word.</param>
    public static void Fold(ref ulong state, ulong word) =>
        state = unchecked((BitOperations.RotateLeft(state, 29) ^ word) * FoldMultiplier);

    /// <summary>One hash of two values; the order counts.</summary>
    /// <param name="first">The first value.</param>
    /// <param name="second">The second value.</param>
    /// <returns>The combined hash.</returns>
    public static ulong Combine(ulong first, ulong second) =>
        unchecked(Mix(BitOperations.RotateLeft(Mix(first + GoldenGamma), 23) ^ (second + GoldenGamma)));
}
