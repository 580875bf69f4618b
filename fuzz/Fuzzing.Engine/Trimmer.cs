using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Engine.Mutation;

namespace Fuzzing.Engine;

/// <summary>Makes an input that reached something new small, so that the corpus stays small: takes parts and stretches away as long as
/// the rest still reaches it.</summary>
/// <param name="executor">Runs inputs.</param>
/// <param name="coverage">Where their features are.</param>
/// <param name="format">How inputs are built.</param>
/// <param name="isOver">Whether there is no time left: the input is then as small as it is.</param>
internal sealed class Trimmer(Executor executor, CoverageMap coverage, InputFormat format, Func<bool> isOver)
{
    private const int MostRuns = 256;
    private readonly StructureMap _map = new();
    private (int Block, byte Bits)[] _wanted = [];
    private int _runs;

    private bool MayGoOn => _runs < MostRuns && !isOver();

    /// <summary>Trims an input whose run was collected last.</summary>
    /// <returns>An input whose run was collected last and has what was new.</returns>
    public byte[] Trim(ReadOnlySpan<byte> input)
    {
        byte[] best = input.ToArray();
        _wanted = coverage.News();
        _runs = 0;
        best = TrimParts(best);
        for (int size = Math.Max(1, best.Length / 2); MayGoOn && best.Length > 1; size /= 2)
        {
            best = TrimStretches(best, size);
            if (size <= 1)
                break;
        }
        executor.Run(best);
        coverage.Collect();
        return best;
    }

    private byte[] TrimParts(byte[] best)
    {
        for (int fromEnd = 0; MayGoOn; fromEnd++)
        {
            _map.Clear();
            format.Read(best, _map);
            if (fromEnd >= _map.Parts.Count)
                break;
            Part part = _map.Parts[_map.Parts.Count - 1 - fromEnd];
            if (Without(best, part.Start, part.Length) is { } smaller)
                (best, fromEnd) = (smaller, fromEnd - 1);
        }
        return best;
    }

    private byte[] TrimStretches(byte[] best, int size)
    {
        for (int at = best.Length - size; at >= 0 && MayGoOn; at -= size)
        {
            if (at + size <= best.Length && Without(best, at, size) is { } smaller)
                best = smaller;
        }
        return best;
    }

    private byte[]? Without(byte[] input, int at, int count)
    {
        if (count == input.Length)
            return null;
        byte[] smaller = [.. input.AsSpan(0, at), .. input.AsSpan(at + count)];
        _runs++;
        if (executor.Run(smaller) is not null)
        {
            coverage.Clear();
            return null;
        }
        coverage.Collect();
        return coverage.LastHas(_wanted) ? smaller : null;
    }
}
