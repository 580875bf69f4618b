using Fuzzing.Engine.Mutation;

namespace Fuzzing.Engine;

/// <summary>Makes an input small that does something: takes parts, stretches and values away as long as it still does it.</summary>
/// <param name="format">How inputs are built.</param>
/// <param name="doesIt">Whether an input does it.</param>
public sealed class Minimizer(InputFormat format, Func<byte[], bool> doesIt)
{
    private readonly StructureMap _map = new();

    /// <summary>Most inputs to try.</summary>
    public int MostTrials { get; init; } = 20_000;

    /// <summary>Inputs tried.</summary>
    public int Trials { get; private set; }

    /// <summary>Makes an input small.</summary>
    /// <param name="input">An input that does it.</param>
    /// <returns>One that does it too, and from which nothing that was tried can be taken away.</returns>
    public byte[] Minimize(byte[] input)
    {
        byte[] best = input;
        int before;
        do
        {
            before = best.Length;
            best = WithoutParts(best);
            for (int size = best.Length / 2; size > 0; size /= 2)
                best = WithoutStretches(best, size);
        }
        while (best.Length < before && Trials < MostTrials);
        return Plainer(best);
    }

    private byte[] WithoutParts(byte[] best)
    {
        for (int fromEnd = 0; ; fromEnd++)
        {
            _map.Clear();
            format.Read(best, _map);
            if (fromEnd >= _map.Parts.Count)
                return best;
            Part part = _map.Parts[_map.Parts.Count - 1 - fromEnd];
            byte[] smaller = Without(best, part.Start, part.Length);
            if (Try(smaller))
                (best, fromEnd) = (smaller, fromEnd - 1);
        }
    }

    private byte[] WithoutStretches(byte[] best, int size)
    {
        for (int at = best.Length - size; at >= 0; at -= size)
        {
            byte[] smaller = Without(best, at, Math.Min(size, best.Length - at));
            if (Try(smaller))
                best = smaller;
        }
        return best;
    }

    // Zero is the plainest byte.
    private byte[] Plainer(byte[] best)
    {
        for (int at = 0; at < best.Length; at++)
        {
            if (best[at] == 0)
                continue;
            byte[] plainer = [.. best];
            plainer[at] = 0;
            if (Try(plainer))
                best = plainer;
        }
        return best;
    }

    private bool Try(byte[] input) => Trials++ < MostTrials && doesIt(input);

    private static byte[] Without(byte[] input, int at, int count) => [.. input.AsSpan(0, at), .. input.AsSpan(at + count)];
}
