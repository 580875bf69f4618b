using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fuzzing.Engine.Coverage;

/// <summary>
/// What was reached so far, by block and by how often it was passed in one run: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127 and more.
/// A block and one of these is a feature; what a target tells of its states counts like blocks.
/// </summary>
public sealed unsafe class CoverageMap
{
    // The feature's bit by the low half of a counter where the high half is 0, and by the high half where it is not.
    private static readonly Vector128<byte> OfLowHalf = Vector128.Create((byte)0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16);
    private static readonly Vector128<byte> OfHighHalf = Vector128.Create((byte)0, 32, 64, 64, 64, 64, 64, 64, 128, 128, 128, 128, 128, 128, 128, 128);

    private readonly IReadOnlyList<CounterRegion> _regions;
    private readonly byte[] _seen;
    private readonly byte[] _last;
    private readonly uint[] _passes;

    /// <summary>Makes an empty map.</summary>
    /// <param name="regions">The counters of blocks; none is allowed.</param>
    /// <param name="states">The target's own states, counted as features and not as blocks.</param>
    public CoverageMap(IReadOnlyList<CounterRegion> regions, StateCounters? states = null)
    {
        _regions = states is null ? regions : [.. regions, states.Region];
        int count = _regions.Sum(region => region.Count);
        _seen = new byte[count];
        _last = new byte[count];
        _passes = new uint[count];
    }

    /// <summary>Blocks that there are.</summary>
    public int BlockCount => _regions.Sum(region => region.Map.Blocks.Count);

    /// <summary>Blocks reached.</summary>
    public int Blocks => Reached().Sum(region => region.Reached.Count(reached => reached));

    /// <summary>Features reached.</summary>
    public int Features => _seen.Sum(bits => BitOperations.PopCount(bits));

    /// <summary>The features of the last run collected, one byte a block.</summary>
    public ReadOnlySpan<byte> Last => _last;

    /// <summary>The features reached, one byte a block.</summary>
    public ReadOnlySpan<byte> Seen => _seen;

    /// <summary>How often each block was passed by the runs that were sampled.</summary>
    public ReadOnlySpan<uint> Passes => _passes;

    /// <summary>Sets the counters to 0, so that the next run is counted alone.</summary>
    public void Clear()
    {
        foreach (CounterRegion region in _regions)
            region.Counters.Clear();
    }

    /// <summary>Takes the counters of a run over and sets them to 0.</summary>
    /// <returns>Whether the run reached a feature that no accepted run had.</returns>
    public bool Collect()
    {
        Vector128<byte> news = default;
        int at = 0;
        ref byte seen = ref MemoryMarshal.GetArrayDataReference(_seen);
        ref byte last = ref MemoryMarshal.GetArrayDataReference(_last);
        foreach (CounterRegion region in _regions)
        {
            byte* counters = (byte*)region.Address;
            for (int i = 0; i < region.Count; i += Vector512<byte>.Count, at += Vector512<byte>.Count)
            {
                // One run reaches a small part of the code.
                if (Vector512.Load(counters + i) == default)
                {
                    Vector512<byte>.Zero.StoreUnsafe(ref last, (nuint)at);
                    continue;
                }
                for (int j = 0; j < Vector512<byte>.Count; j += Vector128<byte>.Count)
                {
                    Vector128<byte> counts = Vector128.Load(counters + i + j);
                    Vector128<byte> high = counts >> 4;
                    Vector128<byte> bits = Vector128.ConditionalSelect(
                        Vector128.Equals(high, default), Vector128.ShuffleNative(OfLowHalf, counts & Vector128.Create((byte)15)),
                        Vector128.ShuffleNative(OfHighHalf, high));
                    Vector128<byte>.Zero.Store(counters + i + j);
                    bits.StoreUnsafe(ref last, (nuint)(at + j));
                    news |= Vector128.AndNot(bits, Vector128.LoadUnsafe(ref seen, (nuint)(at + j)));
                }
            }
        }
        return news != default;
    }

    /// <summary>Counts the last run's features as reached.</summary>
    public void Accept()
    {
        for (int i = 0; i < _seen.Length; i++)
            _seen[i] |= _last[i];
    }

    /// <summary>The features of the last run that no accepted run had.</summary>
    /// <returns>Blocks and bits.</returns>
    public (int Block, byte Bits)[] News() =>
        [.. Enumerable.Range(0, _seen.Length).Select(i => (i, (byte)(_last[i] & ~_seen[i]))).Where(news => news.Item2 != 0)];

    /// <summary>Whether the last run has some features.</summary>
    /// <param name="features">Blocks and bits.</param>
    /// <returns>Whether it has all of them.</returns>
    public bool LastHas(ReadOnlySpan<(int Block, byte Bits)> features)
    {
        foreach ((int block, byte bits) in features)
        {
            if ((_last[block] & bits) != bits)
                return false;
        }
        return true;
    }

    /// <summary>Whether the last run passed a block, or met a state, that no accepted run has.</summary>
    /// <returns>Whether there is one.</returns>
    public bool LastHasNewBlock()
    {
        for (int i = 0; i < _seen.Length; i++)
        {
            if (_last[i] != 0 && _seen[i] == 0)
                return true;
        }
        return false;
    }

    /// <summary>The blocks that the last run passed.</summary>
    /// <returns>Their numbers, ascending.</returns>
    public int[] LastBlocks() => [.. Enumerable.Range(0, _last.Length).Where(i => _last[i] != 0)];

    /// <summary>Counts the last run in <see cref="Passes"/>.</summary>
    public void Sample()
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(_last);
        for (int word = 0; word < words.Length; word++)
        {
            if (words[word] == 0)
                continue;
            for (int i = word * 8; i < (word * 8) + 8; i++)
                _passes[i] += _last[i] != 0 ? 1u : 0;
        }
    }

    /// <summary>Which blocks were reached, by region.</summary>
    /// <returns>Each region with one flag a block of its map.</returns>
    public IEnumerable<(CounterMap Map, bool[] Reached)> Reached()
    {
        int at = 0;
        foreach (CounterRegion region in _regions)
        {
            yield return (region.Map, [.. Enumerable.Range(at, region.Map.Blocks.Count).Select(i => _seen[i] != 0)]);
            at += region.Count;
        }
    }
}
