using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>Changes bytes without knowing what they mean.</summary>
/// <param name="random">The stream for mutations.</param>
/// <param name="dictionary">Words worth writing.</param>
internal sealed class HavocMutator(Prng random, IReadOnlyList<byte[]> dictionary)
{
    private const int LongestBlock = 64;
    private readonly byte[] _block = new byte[LongestBlock];

    /// <summary>Makes one change.</summary>
    public void Mutate(MutationBuffer input)
    {
        int length = input.Length;
        if (length == 0)
        {
            InsertNoise(input);
            return;
        }
        Span<byte> bytes = input.Span;
        int at = random.NextInt(length);
        switch (random.NextInt(11))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.NextInt(8));
                break;
            case 1:
                bytes[at] = unchecked((byte)random.NextUInt64());
                break;
            case 2:
                Number(bytes[at..], (value, width) => Integers.Boundary(random, width));
                break;
            case 3:
                ulong step = (ulong)(1 + random.NextInt(35));
                bool down = random.NextInt(2) == 0;
                Number(bytes[at..], (value, _) => unchecked(down ? value - step : value + step));
                break;
            case 4:
                input.Remove(at, 1 + random.NextInt(Math.Min(length - at, LongestBlock)));
                break;
            case 5:
                CopyBlock(input, at, isInserted: true);
                break;
            case 6:
                CopyBlock(input, at, isInserted: false);
                break;
            case 7:
                InsertNoise(input);
                break;
            case 8:
                bytes.Slice(at, 1 + random.NextInt(Math.Min(length - at, LongestBlock))).Fill(unchecked((byte)random.NextUInt64()));
                break;
            case 9:
                input.Truncate(at);
                break;
            default:
                Word(input, at);
                break;
        }
    }

    private void Number(Span<byte> bytes, Func<ulong, int, ulong> change)
    {
        int width = Math.Min(1 << random.NextInt(4), bytes.Length);
        bool little = random.NextInt(4) == 0;
        Span<byte> field = bytes[..width];
        Integers.Write(field, change(Integers.Read(field, little), width), little);
    }

    private void CopyBlock(MutationBuffer input, int at, bool isInserted)
    {
        int from = random.NextInt(input.Length);
        int count = 1 + random.NextInt(Math.Min(input.Length - from, LongestBlock));
        input.Span.Slice(from, count).CopyTo(_block);
        if (isInserted)
            input.Insert(at, _block.AsSpan(0, count));
        else
            _block.AsSpan(0, Math.Min(count, input.Length - at)).CopyTo(input.Span[at..]);
    }

    private void InsertNoise(MutationBuffer input)
    {
        int count = 1 + random.NextInt(8);
        random.NextBytes(_block.AsSpan(0, count));
        input.Insert(random.NextInt(input.Length + 1), _block.AsSpan(0, count));
    }

    private void Word(MutationBuffer input, int at)
    {
        if (dictionary.Count == 0)
            return;
        byte[] word = dictionary[random.NextInt(dictionary.Count)];
        if (random.NextInt(2) == 0)
            input.Insert(at, word);
        else
            word.AsSpan(0, Math.Min(word.Length, input.Length - at)).CopyTo(input.Span[at..]);
    }
}
