using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>Puts the parts of several lanes into another order of arrival: each lane keeps its own, and no byte changes.</summary>
/// <param name="random">The stream for mutations.</param>
/// <param name="capacity">Bytes of the longest input.</param>
internal sealed class LaneDealer(Prng random, int capacity)
{
    // A deal costs the square of it.
    private const int MostParts = 64;

    private readonly List<Part> _waiting = [];
    private readonly byte[] _dealt = new byte[capacity];

    /// <summary>Deals parts that stand side by side, and leaves the others where they are.</summary>
    /// <param name="input">The input.</param>
    /// <param name="map">How it is built; has lanes.</param>
    public void Deal(MutationBuffer input, StructureMap map)
    {
        int start = Collect(map.Parts);
        int length = 0;
        while (_waiting.Count > 0)
        {
            Part part = TakeNext(_waiting[random.NextInt(_waiting.Count)].Lane);
            input.Span.Slice(part.Start, part.Length).CopyTo(_dealt.AsSpan(length));
            length += part.Length;
        }
        _dealt.AsSpan(0, length).CopyTo(input.Span[start..]);
    }

    private int Collect(IReadOnlyList<Part> parts)
    {
        int first = 0;
        while (parts[first].Lane == Part.NoLane)
            first++;
        int end = first;
        while (end < parts.Count && parts[end].Lane != Part.NoLane)
            end++;
        if (end - first > MostParts)
            first += random.NextInt(end - first - MostParts + 1);
        for (int i = first; i < Math.Min(end, first + MostParts); i++)
            _waiting.Add(parts[i]);
        return parts[first].Start;
    }

    private Part TakeNext(int lane)
    {
        int next = 0;
        while (_waiting[next].Lane != lane)
            next++;
        Part part = _waiting[next];
        _waiting.RemoveAt(next);
        return part;
    }
}
