using System.Text.Json;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Output;
using Fuzzing.Targets;
using Spectre.Console;

namespace Fuzzing.Tests;

/// <summary>All targets share the time of one session; what else a session offers beside fuzzing.</summary>
public sealed class RotationTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rotation").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_target_has_a_turn_first_then_those_that_bring_most_and_now_and_then_who_waits()
    {
        TargetShare[] shares = [Share("poor"), Share("rich"), Share("dry")];
        Assert.Equal("poor", Play(shares, 0, 10));
        Assert.Equal("rich", Play(shares, 1, 500));
        Assert.Equal("dry", Play(shares, 2, 0));

        // The fourth turn is of who has waited longest.
        Assert.Equal("poor", Play(shares, 3, 0));
        Assert.Equal("rich", Play(shares, 4, 0));
        Assert.Equal("rich", Play(shares, 5, 0));
        Assert.Equal("rich", Play(shares, 6, 0));
        Assert.Equal("dry", Play(shares, 7, 800));
        Assert.Equal("dry", Play(shares, 8, 0));
    }

    [Fact]
    public void All_targets_are_fuzzed_by_one_command_and_each_turn_is_told()
    {
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "run", "all", "--time", "2s", "--json");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        JsonElement turn = JsonDocument.Parse(result.Lines[0]).RootElement;
        Assert.Equal(("end", TargetCatalogue.Names[0]), (turn.GetProperty("event").GetString(), turn.GetProperty("target").GetString()));
        Assert.True(turn.GetProperty("executions").GetInt64() > 0);
    }

    [Fact]
    public void All_targets_have_no_corpus_in_common() =>
        Assert.Equal(64, FuzzProcess.RunIn(_folder, "run", "all", "--corpus", "x").ExitCode);

    [Fact]
    public void Dry_run_runs_what_is_there_and_writes_nothing()
    {
        string corpus = Path.Combine(_folder, "artifacts", "fuzz", "return-path", "corpus");
        Directory.CreateDirectory(corpus);
        File.WriteAllBytes(Path.Combine(corpus, "one"), [0, 1, 0, 4, 0, 0, 0, 0]);
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "run", "return-path", "--dry-run", "--json");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        JsonElement end = JsonDocument.Parse(result.Lines[^1]).RootElement;
        Assert.InRange(end.GetProperty("executions").GetInt64(), 2, 10);
        Assert.True(end.GetProperty("features").GetInt64() > 0);
        Assert.Equal([corpus], Directory.GetDirectories(Path.GetDirectoryName(corpus)!));
        Assert.Equal(["one"], Directory.GetFiles(corpus).Select(Path.GetFileName));
    }

    [Fact]
    public void Corpus_is_minimized_in_the_end_where_that_is_wanted()
    {
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "run", "return-path", "--runs", "3000", "--minimize");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Matches("^return-path: [0-9]+ inputs in, [0-9]+ out ", result.Lines[^1]);
    }

    [Fact]
    public void Input_that_passes_is_minimized_to_what_reaches_as_much()
    {
        string folder = Path.Combine(_folder, "return-path");
        Directory.CreateDirectory(folder);
        byte[] message = [0, 1, 0, 4, 0, 0, 0, 0];
        File.WriteAllBytes(Path.Combine(folder, "x"), [.. message, .. message, .. message, .. message, .. message]);
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "tmin", "return-path/x");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));

        // Four to seven times, eight to fifteen, and so on: each is one feature.
        Assert.StartsWith("no finding: 40 bytes made 32, ", result.Output);
        Assert.Equal([.. message, .. message, .. message, .. message], File.ReadAllBytes(Path.Combine(folder, "x.min")));
    }

    [Fact]
    public void Plot_begins_with_what_the_corpus_had_and_ends_with_what_is_reached()
    {
        CoveragePlot plot = new();
        Assert.Equal("", plot.Draw(1, 4));
        plot.Add(0, 0);
        plot.Add(10, 100);
        plot.Add(15, 1100);
        plot.Add(18, 900);
        plot.Add(20, 2100);
        Assert.Equal("100 ▁▄▄█ 2,100 features", plot.Draw(20, 4));
    }

    private static string Play(TargetShare[] shares, int number, long news)
    {
        TargetShare share = TargetShare.Next(shares, number);
        long before = share.Reached.Features;
        share.Add(number, 10, new("end", share.Settings.Target, 10, 1, 1, 1, 1, before + news, 1, 1, 0), before);
        return share.Settings.Target;
    }

    private static TargetShare Share(string target)
    {
        FuzzSettings settings = new() { Target = target, Time = TimeSpan.FromMinutes(1), Corpus = "", Seeds = [], Findings = "" };
        return new(settings, new(settings, AnsiConsole.Console));
    }
}
