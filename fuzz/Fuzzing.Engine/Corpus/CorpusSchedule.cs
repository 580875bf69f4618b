using System.Numerics;
using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Corpus;

/// <summary>
/// Which input is mutated next: one that goes where few runs go comes more often, one that was tried much less often, and a large one
/// less often than a small one that goes to the same places.
/// </summary>
/// <param name="random">The stream for picks.</param>
public sealed class CorpusSchedule(Prng random)
{
    private const int PicksBetweenWeighings = 256;
    private readonly List<CorpusEntry> _entries = [];
    private long[] _upTo = [];
    private int _picksLeft;

    /// <summary>The inputs in the order in which they came.</summary>
    public IReadOnlyList<CorpusEntry> Entries => _entries;

    /// <summary>Bytes of all inputs.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds an input.</summary>
    /// <param name="entry">The input.</param>
    public void Add(CorpusEntry entry)
    {
        _entries.Add(entry);
        Bytes += entry.Bytes.Length;
        _picksLeft = 0;
    }

    /// <summary>Picks an input.</summary>
    /// <param name="passes">How often each block was passed, by a sample of all runs.</param>
    /// <returns>The input; the corpus must not be empty.</returns>
    public CorpusEntry Pick(ReadOnlySpan<uint> passes)
    {
        if (_picksLeft-- <= 0)
            Weigh(passes);
        int index = Array.BinarySearch(_upTo, 0, _entries.Count, random.NextLong(_upTo[_entries.Count - 1]) + 1);
        CorpusEntry entry = _entries[index < 0 ? ~index : index];
        entry.Picks++;
        return entry;
    }

    /// <summary>Picks any input, each as likely.</summary>
    /// <returns>The input.</returns>
    public CorpusEntry Any() => _entries[random.NextInt(_entries.Count)];

    private void Weigh(ReadOnlySpan<uint> passes)
    {
        _picksLeft = PicksBetweenWeighings;
        if (_upTo.Length < _entries.Count)
            _upTo = new long[_entries.Count * 2];
        long sum = 0;
        for (int i = 0; i < _entries.Count; i++)
            _upTo[i] = sum += WeightOf(_entries[i], passes);
    }

    private static long WeightOf(CorpusEntry entry, ReadOnlySpan<uint> passes)
    {
        uint rarest = uint.MaxValue - 1;
        foreach (int block in entry.Blocks)
            rarest = Math.Min(rarest, passes[block]);
        int rarity = 24 - Math.Min(24, BitOperations.Log2(rarest + 1));
        int worn = Math.Min(12, BitOperations.Log2((ulong)entry.Picks + 1));
        int size = Math.Min(6, BitOperations.Log2((uint)(entry.Bytes.Length >> 9) + 1));
        return 1L << Math.Max(0, rarity + 12 - worn - size);
    }
}
