using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;

namespace Fuzzing.Engine.Corpus;

/// <summary>An input that reached something new.</summary>
/// <param name="Bytes">The input.</param>
/// <param name="Blocks">The blocks that it passes, ascending.</param>
/// <param name="NewFeatures">How many features were new when it came.</param>
public sealed record CorpusEntry(byte[] Bytes, int[] Blocks, int NewFeatures)
{
    /// <summary>How often it was the beginning of mutations.</summary>
    public long Picks { get; set; }

    /// <summary>How it is built; null until it was mutated.</summary>
    public StructureMap? Structure { get; set; }

    /// <summary>What was compared in its run and differed; null until it was looked at closely.</summary>
    public ComparedNumbers[]? Numbers { get; set; }

    /// <summary>The strings of bytes likewise.</summary>
    public ComparedBytes[] Strings { get; set; } = [];
}
