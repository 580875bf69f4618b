using Simulation.Engine.Choices;

namespace Fuzzing.Targets.Recipes;

/// <summary>Bytes from which choices are read, one after another; behind their end every choice is the plainest, 0.</summary>
internal ref struct ByteTape(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>The next byte.</summary>
    public byte Next()
    {
        if (_left.IsEmpty)
            return 0;
        byte value = _left[0];
        _left = _left[1..];
        return value;
    }

    /// <summary>Whether the next byte is odd.</summary>
    public bool Flag() => (Next() & 1) != 0;

    /// <summary>A number below a bound of at most 256.</summary>
    public int Below(int bound) => Next() % bound;

    /// <summary>One of some values.</summary>
    public T Pick<T>(params ReadOnlySpan<T> values) => values[Next() % values.Length];

    /// <summary>A number of any magnitude up to a bound: how many bits, then those.</summary>
    public long Number(long bound)
    {
        int bits = Next() % 64;
        ulong value = 0;
        for (int i = 0; i < bits; i += 8)
            value = value << 8 | Next();
        return (long)((value & ((1UL << bits) - 1)) % ((ulong)bound + 1));
    }

    /// <summary>A share of at most so many percent.</summary>
    public Ratio Percent(int most) => Ratio.Percent(Math.Min(Next() % 101, most));
}
