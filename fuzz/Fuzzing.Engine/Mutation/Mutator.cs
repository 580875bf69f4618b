using Fuzzing.Engine.Corpus;
using Simulation.Engine.Choices;

namespace Fuzzing.Engine.Mutation;

/// <summary>Makes new inputs of old ones: mostly by their structure, by what the target compared, and blindly.</summary>
public sealed class Mutator
{
    private readonly Prng _random;
    private readonly MutationBuffer _buffer;
    private readonly StructureMutator _structure;
    private readonly HavocMutator _havoc;
    private readonly CompareMutator _compare;
    private readonly InputFormat _format;
    private readonly bool _hasFormat;

    /// <summary>Makes a mutator.</summary>
    /// <param name="random">The stream for mutations.</param>
    /// <param name="format">How inputs are built.</param>
    /// <param name="maximumBytes">The longest input to make.</param>
    public Mutator(Prng random, InputFormat format, int maximumBytes)
    {
        _random = random;
        _buffer = new MutationBuffer(maximumBytes);
        _structure = new StructureMutator(random, format, maximumBytes);
        _havoc = new HavocMutator(random, format.Dictionary);
        _compare = new CompareMutator(random);
        _format = format;
        _hasFormat = format != InputFormat.Plain;
    }

    /// <summary>Makes an input.</summary>
    /// <param name="entry">What to begin with.</param>
    /// <param name="other">Another input, to take parts from.</param>
    /// <returns>The new input, valid until the next call.</returns>
    public ReadOnlySpan<byte> Mutate(CorpusEntry entry, CorpusEntry other)
    {
        _buffer.Set(entry.Bytes);

        // One change most often, seldom many: 1 of 2, 1 of 4, 1 of 8 ...
        StructureMap? known = StructureOf(entry);
        int changes = 1 + Math.Min(6, System.Numerics.BitOperations.TrailingZeroCount(_random.NextUInt64()));
        for (int i = 0; i < changes; i++)
            Change(entry, other, i == 0 ? known : null);
        return _buffer.Span;
    }

    /// <summary>The inputs that differ from one in a number or string that was compared.</summary>
    /// <param name="entry">The input, with what was compared.</param>
    /// <returns>New inputs, each valid until the next is asked for.</returns>
    public IEnumerable<ReadOnlyMemory<byte>> Substitutions(CorpusEntry entry) =>
        _compare.Substitutions(entry, _buffer).Select(buffer => (ReadOnlyMemory<byte>)buffer.Span.ToArray());

    /// <summary>Makes an input of bytes that nothing else is known of.</summary>
    /// <param name="input">What to begin with.</param>
    /// <param name="other">Another input, to take parts from.</param>
    /// <returns>The new input, valid until the next call.</returns>
    public ReadOnlySpan<byte> Mutate(ReadOnlySpan<byte> input, ReadOnlySpan<byte> other)
    {
        _buffer.Set(input);
        if (!_hasFormat || _random.NextInt(4) == 0 || !_structure.Mutate(_buffer, other))
            _havoc.Mutate(_buffer);
        return _buffer.Span;
    }

    // Entries are mutated many times, so read the structure once.
    private StructureMap? StructureOf(CorpusEntry entry)
    {
        if (_hasFormat && entry.Structure is null)
            _format.Read(entry.Bytes, entry.Structure = new StructureMap());
        return entry.Structure;
    }

    private void Change(CorpusEntry entry, CorpusEntry other, StructureMap? known)
    {
        int way = _random.NextInt(16);
        if (way < 4 && _compare.Mutate(_buffer, entry))
            return;
        if (way < 13 && _hasFormat && _structure.Mutate(_buffer, other.Bytes, known))
            return;
        _havoc.Mutate(_buffer);
    }
}
