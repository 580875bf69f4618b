using System.Buffers.Text;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>
/// Writes what the target compared an input with: where one side of a comparison stands in the input, the other takes its place. So
/// magics, lengths that must match and names are found without a dictionary.
/// </summary>
/// <param name="random">The stream for mutations.</param>
internal sealed class CompareMutator(Prng random)
{
    private readonly byte[] _old = new byte[32];
    private readonly byte[] _new = new byte[32];

    /// <summary>Makes one change, where the entry's comparisons have one for it.</summary>
    /// <returns>Whether there was a place for it.</returns>
    public bool Mutate(MutationBuffer input, CorpusEntry entry)
    {
        int count = (entry.Numbers?.Length ?? 0) + entry.Strings.Length;
        if (count == 0)
            return false;
        int index = random.NextInt(count) - entry.Strings.Length;
        bool swapped = random.NextInt(2) == 0;
        if (index < 0)
        {
            ComparedBytes strings = entry.Strings[index + entry.Strings.Length];
            return Replace(input, swapped ? strings.Right : strings.Left, swapped ? strings.Left : strings.Right, isSized: false);
        }
        ComparedNumbers numbers = entry.Numbers![index];
        return Number(input, swapped ? numbers.Right : numbers.Left, swapped ? numbers.Left : numbers.Right);
    }

    /// <summary>Every number or string of an input that was compared with another, replaced by the other: one change an input.</summary>
    /// <param name="entry">The input, looked at closely.</param>
    /// <param name="input">Where the changed inputs are made.</param>
    /// <returns>The changed inputs, each valid until the next; small numbers, which stand everywhere, are left to chance.</returns>
    public IEnumerable<MutationBuffer> Substitutions(CorpusEntry entry, MutationBuffer input)
    {
        foreach (ComparedBytes strings in entry.Strings)
        {
            foreach ((byte[] there, byte[] wanted) in new[] { (strings.Left, strings.Right), (strings.Right, strings.Left) })
            {
                input.Set(entry.Bytes);
                if (Replace(input, there, wanted, isSized: false))
                    yield return input;
            }
        }
        foreach (ComparedNumbers numbers in entry.Numbers ?? [])
        {
            if (Math.Max(numbers.Left, numbers.Right) <= byte.MaxValue)
                continue;
            for (int way = 0; way < 8; way++)
            {
                (ulong there, ulong wanted) = way < 4 ? (numbers.Left, numbers.Right) : (numbers.Right, numbers.Left);
                int width = 1 << (way % 4);
                if (width < 8 && Math.Max(there, wanted) >> (8 * width) != 0)
                    continue;
                input.Set(entry.Bytes);
                Integers.Write(_old.AsSpan(0, width), there);
                Integers.Write(_new.AsSpan(0, width), wanted);
                if (Replace(input, _old.AsSpan(0, width), _new.AsSpan(0, width), isSized: true))
                    yield return input;
            }
        }
    }

    private bool Number(MutationBuffer input, ulong there, ulong wanted)
    {
        // One more and one less: a comparison for order turns there.
        wanted = unchecked(random.NextInt(4) switch { 0 => wanted + 1, 1 => wanted - 1, _ => wanted });
        if (random.NextInt(8) == 0)
            return Text(input, there, wanted);
        ulong larger = Math.Max(there, wanted);
        int least = larger <= byte.MaxValue ? 0 : larger <= ushort.MaxValue ? 1 : larger <= uint.MaxValue ? 2 : 3;
        int width = 1 << (least + random.NextInt(4 - least));
        bool little = random.NextInt(4) == 0;
        Integers.Write(_old.AsSpan(0, width), there, little);
        Integers.Write(_new.AsSpan(0, width), wanted, little);
        return Replace(input, _old.AsSpan(0, width), _new.AsSpan(0, width), isSized: true);
    }

    private bool Text(MutationBuffer input, ulong there, ulong wanted)
    {
        Utf8Formatter.TryFormat(there, _old, out int oldLength);
        Utf8Formatter.TryFormat(wanted, _new, out int newLength);
        return Replace(input, _old.AsSpan(0, oldLength), _new.AsSpan(0, newLength), isSized: false);
    }

    private bool Replace(MutationBuffer input, ReadOnlySpan<byte> there, ReadOnlySpan<byte> wanted, bool isSized)
    {
        int from = input.Length == 0 ? 0 : random.NextInt(input.Length);
        int at = input.Span[from..].IndexOf(there);
        at = at < 0 ? input.Span.IndexOf(there) : at + from;
        if (at < 0)
            return false;
        if (isSized || there.Length == wanted.Length)
        {
            wanted.CopyTo(input.Span[at..]);
            return true;
        }
        // A string's length may stand before it in one byte.
        if (at > 0 && input.Span[at - 1] == there.Length)
            input.Span[at - 1] = (byte)Math.Min(wanted.Length, byte.MaxValue);
        input.Remove(at, there.Length);
        input.Insert(at, wanted);
        return true;
    }
}
