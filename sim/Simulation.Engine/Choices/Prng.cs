using System.Buffers.Binary;
using System.Numerics;

namespace Simulation.Engine.Choices;

/// <summary>
/// xoshiro256** (Blackman and Vigna), seeded by SplitMix64: the one generator of the simulation. Integers only, the same in every
/// process; not safe for several threads, and never shared by two purposes (see <see cref="SeedStreams"/>).
/// </summary>
public sealed class Prng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>Makes a generator.</summary>
    /// <param name="seed">Any value, 0 included.</param>
    public Prng(ulong seed) => Reseed(seed);

    /// <summary>Starts again, as a new generator of <paramref name="seed"/> would.</summary>
    /// <param name="seed">Any value, 0 included.</param>
    public void Reseed(ulong seed)
    {
        unchecked
        {
            _s0 = StableHash.Mix(seed += 0x9E3779B97F4A7C15);
            _s1 = StableHash.Mix(seed += 0x9E3779B97F4A7C15);
            _s2 = StableHash.Mix(seed += 0x9E3779B97F4A7C15);
            _s3 = StableHash.Mix(seed + 0x9E3779B97F4A7C15);
        }
    }

    /// <summary>Draws 64 bits.</summary>
    /// <returns>Any value, each as likely.</returns>
    public ulong NextUInt64()
    {
        unchecked
        {
            ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
            ulong t = _s1 << 17;
            _s2 ^= _s0;
            _s3 ^= _s1;
            _s1 ^= _s2;
            _s0 ^= _s3;
            _s2 ^= t;
            _s3 = BitOperations.RotateLeft(_s3, 45);
            return result;
        }
    }

    /// <summary>Draws below a bound, without bias (Lemire's multiplication with rejection).</summary>
    /// <param name="bound">At least 1.</param>
    /// <returns>0 to <paramref name="bound"/> - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public long NextLong(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        ulong range = (ulong)bound;
        ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = unchecked(0UL - range) % range;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), range, out low);
        }

        return (long)high;
    }

    /// <summary>Draws below a bound, without bias.</summary>
    /// <param name="bound">At least 1.</param>
    /// <returns>0 to <paramref name="bound"/> - 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt(int bound) => (int)NextLong(bound);

    /// <summary>Draws from a closed range.</summary>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The greatest value, not below <paramref name="minimum"/>; less than 2^63 values in all.</param>
    /// <returns><paramref name="minimum"/> to <paramref name="maximum"/>, both included.</returns>
    public long Between(long minimum, long maximum) => minimum + NextLong(maximum - minimum + 1);

    /// <summary>Draws from a closed range.</summary>
    /// <param name="minimum">The least value.</param>
    /// <param name="maximum">The greatest value, not below <paramref name="minimum"/>.</param>
    /// <returns><paramref name="minimum"/> to <paramref name="maximum"/>, both included.</returns>
    public int Between(int minimum, int maximum) => (int)Between((long)minimum, maximum);

    /// <summary>Draws yes or no. A ratio of zero draws too, so that switching a feature off shifts nothing behind it.</summary>
    /// <param name="ratio">How often yes.</param>
    /// <returns>Whether it happens.</returns>
    public bool Chance(Ratio ratio) => NextLong(ratio.Denominator) < ratio.Numerator;

    /// <summary>Draws one of some items, each as likely.</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="items">At least one.</param>
    /// <returns>The item drawn.</returns>
    public T Pick<T>(ReadOnlySpan<T> items) => items[NextInt(items.Length)];

    /// <summary>Draws an index, each as likely as its weight.</summary>
    /// <param name="weights">Non-negative, their sum at least 1.</param>
    /// <returns>An index whose weight is not 0.</returns>
    /// <exception cref="ArgumentException">A weight is negative or all are 0.</exception>
    public int PickWeighted(ReadOnlySpan<int> weights)
    {
        long sum = 0;
        foreach (int weight in weights)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(weight);
            sum += weight;
        }

        if (sum == 0)
            throw new ArgumentException("at least one weight must be above 0", nameof(weights));
        long rest = NextLong(sum);
        int index = 0;
        while (rest >= weights[index])
            rest -= weights[index++];
        return index;
    }

    /// <summary>Puts items into a random order (Fisher and Yates).</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="items">The items, reordered in place.</param>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = NextInt(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>Fills bytes with noise.</summary>
    /// <param name="destination">Filled whole.</param>
    public void NextBytes(Span<byte> destination)
    {
        while (destination.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination, NextUInt64());
            destination = destination[sizeof(ulong)..];
        }

        if (destination.IsEmpty)
            return;
        ulong rest = NextUInt64();
        for (int i = 0; i < destination.Length; i++)
            destination[i] = unchecked((byte)(rest >> (8 * i)));
    }
}
