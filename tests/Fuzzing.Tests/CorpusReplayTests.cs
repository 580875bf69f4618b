using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Execution;
using Fuzzing.Targets;

namespace Fuzzing.Tests;

/// <summary>Every seed, and every input that once was a finding, is run as an ordinary test.</summary>
public sealed class CorpusReplayTests
{
    public static TheoryData<string> Targets => [.. TargetCatalogue.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_passes(string name)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        using InputBuffer buffer = new(1 << 20);
        Executor executor = new(target, buffer);
        Assert.All(Corpus.Files(name), file => Assert.Null(executor.Run(File.ReadAllBytes(file))?.Detail));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_target_has_seeds_named_by_their_content(string name)
    {
        string[] files = Directory.GetFiles(Corpus.Seeds(name));
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(CorpusFolder.NameOf(File.ReadAllBytes(file)), Path.GetFileName(file)));
    }

    [Fact]
    public void No_folder_of_seeds_is_without_a_target() => Assert.Empty(
        Directory.GetDirectories(Path.Combine(Corpus.Root, "corpus", "seeds")).Select(Path.GetFileName).Except(TargetCatalogue.Names));

    [Theory]
    [MemberData(nameof(Targets))]
    public void Input_cut_anywhere_passes(string name)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        using InputBuffer buffer = new(1 << 20);
        Executor executor = new(target, buffer);

        // The shortest has a cut at each byte, a long one a hundred.
        foreach (byte[] seed in Directory.EnumerateFiles(Corpus.Seeds(name)).Select(File.ReadAllBytes).OrderBy(b => b.Length).Take(12))
        {
            for (int length = 0; length < seed.Length; length += 1 + (seed.Length / 100))
                Assert.Null(executor.Run(seed.AsSpan(0, length))?.Detail);
        }
    }
}
