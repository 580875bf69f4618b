using System.Reflection;
using Fuzzing.Engine.Coverage;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;
using Qemu.Migration.Wire;

namespace Fuzzing.Tests;

/// <summary>The rewritten destination counts what it does, tells what it compares, and does the same as before.</summary>
public sealed class InstrumentationTests
{
    private static readonly InstrumentedContext Context = new(AppContext.BaseDirectory, FuzzedAssemblies.Names);

    [Theory]
    [InlineData("Qemu.Migration.Wire", 100)]
    [InlineData("Qemu.Migration.Destination", 3000)]
    public void Every_block_has_a_counter_and_many_have_a_source_line(string assembly, int atLeast)
    {
        CounterRegion region = CounterRegion.Of(Context.LoadFromAssemblyName(new AssemblyName(assembly)))!;
        Assert.True(region.Map.Blocks.Count >= atLeast, $"{region.Map.Blocks.Count} blocks");
        Assert.Equal(0, region.Count % CounterRegion.Alignment);
        int withLine = region.Map.Blocks.Count(block => block.FirstLine > 0 && block.File.EndsWith(".cs", StringComparison.Ordinal));
        // What the compiler makes of an await has none.
        Assert.True(withLine > region.Map.Blocks.Count * 2 / 5, $"{withLine} of {region.Map.Blocks.Count} blocks have a line");
        Assert.Contains(region.Map.Blocks, block => block.Method.StartsWith(assembly, StringComparison.Ordinal));
    }

    [Fact]
    public void Assembly_that_is_not_instrumented_has_no_counters() => Assert.Null(CounterRegion.Of(typeof(FileHeader).Assembly));

    [Fact]
    public void Run_counts_the_blocks_that_it_passes_and_tells_what_it_compares() =>
        Assert.Equal("", Inside.Run(nameof(Inside.CountAndCompare), Context));

    [Fact]
    public void Instrumented_destination_judges_the_corpus_as_the_plain_one_does()
    {
        string here = Inside.Verdicts();
        Assert.Equal(here, Inside.Run(nameof(Inside.Verdicts), Context));
        Assert.Contains("Completed", here, StringComparison.Ordinal);
        Assert.Contains("Failed", here, StringComparison.Ordinal);
    }

    /// <summary>What runs in the instrumented world; only strings go in and out.</summary>
    internal static class Inside
    {
        public static string Run(string method, InstrumentedContext context) => (string)context
            .LoadFromAssemblyName(typeof(Inside).Assembly.GetName())
            .GetType(typeof(Inside).FullName!)!.GetMethod(method)!.Invoke(null, null)!;

        public static string CountAndCompare()
        {
            CounterRegion region = CounterRegion.Of(typeof(FileHeader).Assembly)!;
            region.Counters.Clear();
            byte[] page = new byte[64];
            CompareLog.Begin();
            bool accepted = Xbzrle.TryDecode([3, 2, 9, 9], page);
            CompareLog.End();
            if (!accepted || page[3] != 9 || page[4] != 9 || page[5] != 0)
                return "the delta was not applied";
            string[] passed = [.. region.Map.Blocks.Where((_, i) => region.Counters[i] != 0).Select(b => b.Method).Distinct()];
            if (!passed.Contains("Qemu.Migration.Wire.Xbzrle.TryDecode") || passed.Contains("Qemu.Migration.Wire.Xbzrle.Encode"))
                return $"passed {string.Join(", ", passed)}";
            return CompareLog.Numbers.Contains(new ComparedNumbers(2, 61)) ? ""
                : $"compared {string.Join(", ", CompareLog.Numbers.ToArray())}";
        }

        public static string Verdicts()
        {
            List<string> verdicts = [];
            foreach (string file in Directory.EnumerateFiles(Path.Combine(Corpus.Root, "corpus", "malformed"), "*.bin").Order(StringComparer.Ordinal))
            {
                using TestKit.Destination destination = new(TestKit.CraftedStreams.Machine);
                destination.LoadAsync(File.ReadAllBytes(file)).GetAwaiter().GetResult();
                verdicts.Add($"{Path.GetFileName(file)} {destination.Status} {destination.Migration.State.Error}");
            }
            return string.Join('\n', verdicts);
        }
    }
}
