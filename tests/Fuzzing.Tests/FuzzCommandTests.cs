using System.Text.Json;
using Fuzzing.Targets;

namespace Fuzzing.Tests;

/// <summary>The command as a user types it. Each test has an empty folder to work in, so that there are no seeds but its own.</summary>
public sealed class FuzzCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void List_names_every_target()
    {
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "list", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(TargetCatalogue.Names, result.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString()));
    }

    [Fact]
    public void Same_seed_and_number_of_runs_give_the_same_corpus()
    {
        string[] Run(string corpus)
        {
            FuzzProcess.Result result = FuzzProcess.RunIn(
                _folder, "run", "xbzrle-decode", "--seed", "7", "--runs", "30000", "--time", "2m", "--corpus", Path.Combine(_folder, corpus), "--json");
            Assert.Equal("", result.Errors);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains("\"event\":\"end\"", result.Lines[^1], StringComparison.Ordinal);
            return [.. Directory.GetFiles(Path.Combine(_folder, corpus)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        }

        string[] one = Run("one");
        Assert.True(one.Length > 10, $"a corpus of {one.Length}");
        Assert.Equal(one, Run("other"));
    }

    [Fact]
    public void Input_that_ends_the_process_is_a_finding_and_the_session_goes_on()
    {
        bool hasDied = false;
        long? executionsOfTheDead = null;
        FuzzProcess.Result result = FuzzProcess.InterruptedIn(
            _folder, GoesOn, "run", "xbzrle-decode", "--bug", "xbzrle-run-reaches-beyond-payload", "--time", "10m", "--json");
        Assert.Equal(1, result.ExitCode);
        JsonElement[] lines = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(lines, line => Text(line, "event") == "finding" && Text(line, "signature").StartsWith("crash-", StringComparison.Ordinal));
        JsonElement[] told = [.. lines.Where(line => Text(line, "event") != "finding")];

        // A worker that has died keeps its place in the figures.
        Assert.Equal(told.Select(Executions).Order(), told.Select(Executions));
        Assert.InRange(Executions(told[^1]), 1, long.MaxValue);

        // However slow the machine: until there are more runs than those of the worker that died.
        bool GoesOn(string text)
        {
            JsonElement line = JsonDocument.Parse(text).RootElement;
            if (Text(line, "event") == "finding")
                hasDied = true;
            else if (hasDied)
                return Executions(line) > (executionsOfTheDead ??= Executions(line));
            return false;
        }

        static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
        static long Executions(JsonElement line) => line.GetProperty("executions").GetInt64();
    }

    [Fact]
    public void Ctrl_C_reaches_workers_too_and_is_no_finding()
    {
        FuzzProcess.Result result = FuzzProcess.InterruptedIn(
            _folder, line => line.Contains("\"progress\"", StringComparison.Ordinal),
            "run", "xbzrle-decode", "--jobs", "2", "--time", "5m", "--json");
        Assert.Equal("", result.Errors);
        Assert.Equal(0, result.ExitCode);
        JsonElement end = JsonDocument.Parse(result.Lines[^1]).RootElement;
        Assert.Equal(("end", 0), (end.GetProperty("event").GetString(), end.GetProperty("findings").GetInt32()));
    }

    [Fact]
    public void Ctrl_C_while_a_worker_starts_is_no_failure()
    {
        // Where a worker has died the next one is started before the finding is told.
        FuzzProcess.Result result = FuzzProcess.InterruptedIn(
            _folder, line => line.Contains("\"event\":\"finding\"", StringComparison.Ordinal),
            "run", "xbzrle-decode", "--bug", "xbzrle-run-reaches-beyond-payload", "--time", "10m", "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.DoesNotContain("before it had run anything", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Good_file_replays_as_passed_and_the_folder_tells_its_target()
    {
        string folder = Path.Combine(_folder, "main-stream");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "x"), TestKit.CraftedStreams.Good());
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "replay", "main-stream/x");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Equal("1 files, 0 findings", result.Lines[^1]);
    }

    [Theory]
    [InlineData("hang-1", "hang-1.txt")]
    [InlineData("hang-1.txt", "hang-1.txt")]
    public void Text_beside_a_finding_stands_for_the_finding(params string[] named)
    {
        string folder = Path.Combine(_folder, "main-stream");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "hang-1"), TestKit.CraftedStreams.Good());
        File.WriteAllText(Path.Combine(folder, "hang-1.txt"), "main-stream\na connection is still served\n");
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, ["replay", .. named.Select(name => $"main-stream/{name}")]);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Equal(["passed   main-stream/hang-1", "1 files, 0 findings"], result.Lines);
    }

    [Fact]
    public void Merge_keeps_of_equal_inputs_the_smallest()
    {
        string folder = Path.Combine(_folder, "in");
        Directory.CreateDirectory(folder);
        byte[] small = [1, 3, 2, 9, 9];
        File.WriteAllBytes(Path.Combine(folder, "a"), [1, 3, 2, 9, 9, 1, 1, 7]);
        File.WriteAllBytes(Path.Combine(folder, "b"), small);
        File.WriteAllBytes(Path.Combine(folder, "c"), [2, 3, 2, 8, 8, 1, 1, 7]);
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "merge", "xbzrle-decode", "in", "--into", "out", "--blocks");
        Assert.Equal(0, result.ExitCode);
        string[] kept = Directory.GetFiles(Path.Combine(_folder, "out"));
        Assert.Contains(kept, file => File.ReadAllBytes(file).AsSpan().SequenceEqual(small));
        Assert.True(kept.Length < 3, result.Output);
    }

    [Fact]
    public void Coverage_shows_the_lines_that_a_corpus_reaches()
    {
        string seeds = Path.Combine(_folder, "artifacts", "fuzz", "xbzrle-decode", "corpus");
        Directory.CreateDirectory(seeds);
        File.WriteAllBytes(Path.Combine(seeds, "x"), [1, 3, 2, 9, 9]);
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "coverage", "xbzrle-decode", "-o", "report");
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.Contains("Xbzrle", File.ReadAllText(Path.Combine(_folder, "report", "Summary.txt")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "report", "index.html")));
    }

    [Theory]
    [InlineData("no target 'nothing'", "run", "nothing")]
    [InlineData("is no duration", "run", "qmp", "--time", "soon")]
    [InlineData("is no duration", "run", "qmp", "--time", "999999999d")]
    [InlineData("no file 'gone'", "replay", "gone")]
    [InlineData("say --target", "replay", "file")]
    [InlineData("no target 'nothing'", "replay", "--target", "nothing", "file")]
    public void Wrong_command_line_gets_a_sentence_and_code_64(string sentence, params string[] arguments)
    {
        File.WriteAllBytes(Path.Combine(_folder, "file"), []);
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, arguments);
        Assert.Equal(64, result.ExitCode);
        Assert.Contains(sentence, result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("replay")]
    [InlineData("minimize")]
    [InlineData("merge")]
    [InlineData("coverage")]
    [InlineData("triage")]
    [InlineData("list")]
    public void Help_of_each_command_ends_in_examples(string command)
    {
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, command, "--help");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:", result.Output, StringComparison.Ordinal);
    }
}
