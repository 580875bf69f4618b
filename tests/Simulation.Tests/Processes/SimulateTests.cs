using System.Diagnostics;
using System.Text.Json;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests.Processes;

public sealed class SimulateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simulate").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Seed_that_passes_exits_0_and_prints_what_is_special_about_it_first()
    {
        SimulateProcess.Result result = SimulateProcess.Run("run", "--seed", "7");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("seed                  7\n", result.Output);
        Assert.DoesNotContain(" 0,", result.Output);
        Assert.Contains("\npassed\n", result.Output);
        Assert.Equal("", result.Errors);
    }

    [Fact]
    public void Json_is_one_object_a_line_and_run()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "range", "--from", "5", "--count", "3", "--jobs", "1", "--json");
        Assert.Equal([5UL, 6, 7], result.Lines.Select(line =>
        {
            using JsonDocument run = JsonDocument.Parse(line);
            Assert.Equal(
                ["seed", "verdict", "check", "message", "virtualNs", "wallNs", "events", "traceHash"],
                run.RootElement.EnumerateObject().Select(member => member.Name));
            Assert.Equal("passed", run.RootElement.GetProperty("verdict").GetString());
            Assert.Matches("^[0-9a-f]{16}$", run.RootElement.GetProperty("traceHash").GetString());
            Assert.True(run.RootElement.GetProperty("virtualNs").GetInt64() > 0);
            Assert.True(run.RootElement.GetProperty("events").GetInt64() > 0);
            return run.RootElement.GetProperty("seed").GetUInt64();
        }));
        Assert.Equal(0, result.ExitCode);
    }

    [Fact]
    public void Output_that_cannot_be_written_ends_no_campaign_and_is_told()
    {
        string simulate = Path.Combine(AppContext.BaseDirectory, "simulate");
        SimulateProcess.Result result = SimulateProcess.RunLine(_folder, $"'{simulate}' range --from 1 --count 20 --json > /dev/full");
        Assert.Equal(2, result.ExitCode);
        Assert.Matches(@"runs +20,", result.Errors);
        Assert.StartsWith("simulate: some lines of output could not be written: ", result.LastErrorLine);
    }

    [Fact]
    public void Output_of_one_run_that_cannot_be_written_is_no_usage_error()
    {
        string simulate = Path.Combine(AppContext.BaseDirectory, "simulate");
        Assert.Equal(2, SimulateProcess.RunLine(_folder, $"'{simulate}' run --seed 7 > /dev/full").ExitCode);
    }

    [Fact]
    public void Last_line_shows_a_finding_again_that_no_file_could_take()
    {
        string blocked = Path.Combine(_folder, "blocked");
        File.WriteAllText(blocked, "");
        SimulateProcess.Result result = SimulateProcess.RunIn(
            _folder, "range", "--from", "1", "--count", "40", "--bug", "no-total-time-after-failure", "--shrink", "20", "--out", blocked);
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(1, SimulateProcess.RunLine(_folder, result.LastErrorLine).ExitCode);
    }

    [Fact]
    public void Runs_are_the_same_in_every_process_with_any_number_of_jobs()
    {
        string[] Hashes(string jobs) => [.. SimulateProcess
            .RunIn(_folder, "range", "--count", "40", "--jobs", jobs, "--json").Lines
            .Select(line => JsonDocument.Parse(line).RootElement)
            .OrderBy(run => run.GetProperty("seed").GetUInt64())
            .Select(run => $"{run.GetProperty("seed")} {run.GetProperty("traceHash")}")];
        string[] alone = Hashes("1");
        Assert.Equal(40, alone.Length);
        Assert.Equal(alone, Hashes("3"));
    }

    [Fact]
    public void Every_run_may_be_done_twice()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "range", "--count", "20", "--twice", "100");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("done twice +20 ", result.Output);
    }

    [Fact]
    public void Situation_that_never_occurred_fails_a_campaign_that_must_meet_it()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "range", "--count", "1", "--require-probes");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("blind spot: '", result.Output);
    }

    // The manager starts the migration long after the run had to be over: valid options, and a property that no destination can keep.
    [Fact]
    public void Violation_exits_1_and_its_last_line_reproduces_it_and_it_shrinks()
    {
        Recipe canary = Recipes.Of(ScenarioOptions.Draw(7) with { Monitor = new() { StartsAtNanoseconds = 1_000_000_000_000_000 } });
        File.WriteAllText(Path.Combine(_folder, "canary.json"), canary.ToJson());
        SimulateProcess.Result found = SimulateProcess.RunIn(_folder, "replay", "canary.json");
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("\nviolated EveryRunEnds: ", found.Output);
        Assert.EndsWith(" replay canary.json", found.LastErrorLine);

        SimulateProcess.Result shrunk = SimulateProcess.RunIn(_folder, "shrink", "canary.json", "--out", "cases");
        Assert.Equal(1, shrunk.ExitCode);
        Recipe smallest = Recipe.Parse(File.ReadAllText(Directory.GetFiles(Path.Combine(_folder, "cases")).Single()));
        Assert.Equal("EveryRunEnds", smallest.Check);
        Assert.Empty(smallest.Options.Blocks);
        SimulateProcess.Result again = SimulateProcess.RunLine(_folder, shrunk.LastErrorLine);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("\nviolated EveryRunEnds: ", again.Output);
    }

    [Fact]
    public void Replay_of_a_token_is_the_run_of_its_seed()
    {
        string Hash(params string[] arguments) => JsonDocument.Parse(SimulateProcess.Run(arguments).Output)
            .RootElement.GetProperty("traceHash").GetString()!;
        string run = Hash("run", "--seed", "0x1f", "--json");
        Assert.Equal(run, Hash("replay", new ReplayToken(0x1f).ToString(), "--json"));
        Assert.Equal(run, Hash("replay", "31", "--json"));
        Assert.NotEqual(run, Hash("run", "--seed", "32", "--json"));
    }

    [Fact]
    public void Trace_ends_where_it_was_told_to()
    {
        int Lines(string until) => SimulateProcess.Run("replay", "3", "--until", until, "--trace").Lines.Count(line => line.Contains(" step "));
        Assert.Equal(10, Lines("10"));
        Assert.Equal(25, Lines("25"));
    }

    [Fact]
    public void Explanation_tells_when_who_and_what_without_the_scheduler()
    {
        SimulateProcess.Result result = SimulateProcess.Run("explain", "3");
        string[] timeLine = [.. result.Lines.SkipWhile(line => !line.StartsWith(' '))];
        Assert.Contains(timeLine, line => line.Contains("connecting"));
        Assert.Matches(@"^ *\d+\.\d{9}  \S+", timeLine[0]);
        Assert.DoesNotContain(timeLine, line => line.Contains(" step local-step="));
        Assert.Contains(timeLine, line => line.EndsWith("  monitor asks Begin", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', result.Output);
    }

    [Fact]
    public void Seeds_are_shown_one_a_line()
    {
        SimulateProcess.Result result = SimulateProcess.Run("seeds", "--from", "8", "--count", "3", "--json");
        Assert.Equal(
            [8UL, 9, 10], result.Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("seed").GetUInt64()));
    }

    [Fact]
    public void Stream_outside_the_corpus_is_told_from_a_recipe()
    {
        string file = Path.Combine(_folder, "stream.bin");
        File.WriteAllBytes(file, [.. "QEVM"u8, 0, 0, 0, 3]);
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "replay", file);
        Assert.Equal(64, result.ExitCode);
        Assert.Contains("is no recipe, which is JSON", result.Errors);
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("run")]
    [InlineData("run", "--seed", "many")]
    [InlineData("range", "--count", "0")]
    [InlineData("range", "--time", "soon")]
    [InlineData("range", "--jobs", "0")]
    [InlineData("range", "--twice", "101")]
    [InlineData("replay", "no-token")]
    [InlineData("replay", "v1-2a")]
    [InlineData("replay", "missing.json")]
    [InlineData("replay")]
    public void Wrong_command_line_exits_64_with_a_sentence(params string[] arguments)
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, arguments);
        Assert.Equal(64, result.ExitCode);
        Assert.StartsWith("simulate: ", result.Errors);
        Assert.Equal("", result.Output);
    }

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("range")]
    [InlineData("replay")]
    [InlineData("shrink")]
    [InlineData("explain")]
    [InlineData("seeds")]
    public void Help_teaches_by_example(params string[] command)
    {
        SimulateProcess.Result result = SimulateProcess.Run([.. command, "--help"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:", result.Output);
        Assert.Contains("    simulate", result.Output);
    }

    [Fact]
    public void Interrupted_campaign_ends_with_the_summary_so_far()
    {
        Process campaign = SimulateProcess.Start(["range", "--from", "1", "--json"], _folder);

        // The first line shows that it runs.
        Assert.NotNull(campaign.StandardOutput.ReadLine());
        using (Process kill = Process.Start("kill", ["-INT", $"{campaign.Id}"]))
            kill.WaitForExit();
        SimulateProcess.Result result = SimulateProcess.Run(campaign);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("runs/s", result.Errors);
    }
}
