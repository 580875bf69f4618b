using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets;
using Simulation.Engine.Choices;

namespace Fuzzing.Tests;

/// <summary>What the mutator knows of inputs: every format reads every input, and says nothing that is not there.</summary>
public sealed class StructureTests
{
    public static TheoryData<string> Targets => [.. TargetCatalogue.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Parts_and_fields_of_seeds_lie_in_them(string name)
    {
        InputFormat format = TargetCatalogue.Create(name)!.Format;
        foreach (string file in Corpus.Files(name))
            Judge(format, File.ReadAllBytes(file));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Parts_and_fields_of_what_the_mutator_makes_lie_in_it(string name)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        CorpusEntry[] seeds = [.. Corpus.Files(name).Select(file => new CorpusEntry(File.ReadAllBytes(file), [], 1)).Take(20)];
        Prng random = new(3);
        Mutator mutator = new(random, target.Format, target.MaximumBytes);
        for (int i = 0; i < 2000; i++)
        {
            byte[] made = mutator.Mutate(seeds[i % seeds.Length], seeds[i * 7 % seeds.Length]).ToArray();
            Assert.InRange(made.Length, 0, target.MaximumBytes);
            Judge(target.Format, made);
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Same_seed_makes_the_same_inputs(string name)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        CorpusEntry seed = new(File.ReadAllBytes(Corpus.Files(name).First()), [], 1);
        Mutator one = new(new Prng(5), target.Format, target.MaximumBytes);
        Mutator other = new(new Prng(5), target.Format, target.MaximumBytes);
        for (int i = 0; i < 200; i++)
            Assert.Equal(one.Mutate(seed, seed).ToArray(), other.Mutate(seed, seed).ToArray());
    }

    [Fact]
    public void Whole_stream_is_read_to_its_last_byte_as_records_sections_and_commands()
    {
        InputFormat format = TargetCatalogue.Create("main-stream")!.Format;
        byte[] stream = [.. "QEVM\0\0\0\u0003"u8, .. format.Templates.SelectMany(part => part)];
        StructureMap map = new();
        format.Read(stream, map);
        Assert.Equal(stream.Length, map.Parts.Sum(part => part.Length));
        Assert.True(map.Parts.Count >= format.Templates.Count - 12, $"{map.Parts.Count} parts");
    }

    [Fact]
    public void What_one_connection_sends_is_cut_in_two_and_another_goes_between()
    {
        FuzzTarget target = TargetCatalogue.Create("multifd")!;
        CorpusEntry seed = new([0, 1, 0, 4, 1, 2, 3, 4, 2, 0, 2, 5, 6], [], 1);
        Mutator mutator = new(new Prng(1), target.Format, target.MaximumBytes);
        byte[][] wanted = [[0, 1, 0, 2, 1, 2, 2, 0, 2, 5, 6, 1, 0, 2, 3, 4], [0, 1, 0, 2, 1, 2, 1, 0, 2, 3, 4, 2, 0, 2, 5, 6]];
        HashSet<string> made = [];
        for (int i = 0; i < 20_000; i++)
            made.Add(Convert.ToHexString(mutator.Mutate(seed, seed)));
        Assert.All(wanted, script => Assert.Contains(Convert.ToHexString(script), made));
    }

    [Fact]
    public void Two_connections_are_served_by_turns_and_no_byte_of_theirs_is_lost()
    {
        FuzzTarget target = TargetCatalogue.Create("multifd")!;
        CorpusEntry seed = new([0, 1, 0, 3, 11, 12, 13, 2, 0, 3, 21, 22, 23], [], 1);
        Mutator mutator = new(new Prng(1), target.Format, target.MaximumBytes);
        int turns = 0;
        for (int i = 0; i < 20_000; i++)
        {
            (int Connection, byte Value)[] arrived = [.. Arrivals(mutator.Mutate(seed, seed).ToArray())];
            bool isWhole = arrived.Where(a => a.Connection == 1).Select(a => (int)a.Value).SequenceEqual([11, 12, 13])
                && arrived.Where(a => a.Connection == 2).Select(a => (int)a.Value).SequenceEqual([21, 22, 23]);
            if (isWhole && arrived.Length == 6 && arrived.Zip(arrived.Skip(1)).Count(pair => pair.First.Connection != pair.Second.Connection) >= 3)
                turns++;
        }
        Assert.InRange(turns, 20, 20_000);
    }

    private static IEnumerable<(int Connection, byte Value)> Arrivals(byte[] script)
    {
        int at = 1;
        while (at + 3 <= script.Length)
        {
            int end = Math.Min(script.Length, at + 3 + (script[at + 1] << 8) + script[at + 2]);
            for (int i = at + 3; i < end; i++)
                yield return (script[at], script[i]);
            at = end;
        }
    }

    private static void Judge(InputFormat format, byte[] input)
    {
        StructureMap map = new();
        format.Read(input, map);
        int end = 0;
        foreach (Part part in map.Parts)
        {
            Assert.True(part.Start >= end && part.Length > 0 && part.End <= input.Length, $"{part} after {end} of {input.Length}");
            end = part.End;
        }
        Assert.All(map.Fields, field => Assert.True(field.Start >= 0 && field.Start + field.Width <= input.Length, $"{field} of {input.Length}"));
        Assert.All(map.Bodies, body => Assert.True(body.Start >= 0 && body.End <= input.Length, $"{body} of {input.Length}"));
    }
}
