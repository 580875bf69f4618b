using System.Text.Json;
using Simulation.Campaigns;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests.Processes;

/// <summary>A campaign whose runs kill their processes, by a bug that is planted.</summary>
public sealed class WorkerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("workers").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("zero-page-overflows-the-stack", "exit code 134: Stack overflow")]
    [InlineData("zero-page-written-far-away", "exit code 134: ")]
    [InlineData("zero-page-looked-at-for-ever", "the run did not end, and its process was killed")]
    public void Run_that_kills_its_process_is_a_finding_and_the_campaign_goes_on(string bug, string message)
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(
            _folder, "range", "--count", "3", "--jobs", "1", "--json", "--bug", bug, "--timeout", "15s", "--out", "findings");
        Assert.Equal(1, result.ExitCode);
        JsonElement[] runs = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([1UL, 2, 3], runs.Select(run => run.GetProperty("seed").GetUInt64()));
        Assert.Contains(runs, run => run.GetProperty("verdict").GetString() == "passed");
        JsonElement[] lost = [.. runs.Where(run => run.GetProperty("check").GetString() == Campaign.RunComesBack)];
        Assert.NotEmpty(lost);
        Assert.All(lost, run =>
        {
            Assert.Contains(message, run.GetProperty("message").GetString());
            ulong seed = run.GetProperty("seed").GetUInt64();
            string finding = File.ReadAllText(Path.Combine(_folder, "findings", $"{Campaign.RunComesBack}-{seed:x}.json"));
            Assert.Contains(new ReplayToken(seed).ToString(), finding);
        });
        Assert.Contains($" replay findings/{Campaign.RunComesBack}-", result.LastErrorLine);
        Assert.EndsWith($" --bug {bug}", result.LastErrorLine);
    }

    [Fact]
    public void Score_counts_a_death_as_a_finding_and_goes_on_to_the_next_bug()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(
            _folder, "score", "--bug", "zero-page-overflows-the-stack", "--bug", "zero-page-lost", "--jobs", "1", "--campaigns", "1",
            "--budget", "20s", "--shrink", "0", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            ["zero-page-lost RamEqualsSourceAtSwitchover", $"zero-page-overflows-the-stack {Campaign.RunComesBack}"],
            result.Lines.Select(line => JsonDocument.Parse(line).RootElement)
                .Select(bug => $"{bug.GetProperty("bug")} {bug.GetProperty("check")}"));
    }

    [Fact]
    public void Runs_in_threads_and_in_processes_are_the_same()
    {
        string[] Hashes(params string[] more) => [.. SimulateProcess
            .RunIn(_folder, ["range", "--count", "20", "--jobs", "1", "--json", .. more]).Lines
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(run => $"{run.GetProperty("seed")} {run.GetProperty("traceHash")} {run.GetProperty("virtualNs")} {run.GetProperty("events")}")];
        string[] processes = Hashes();
        Assert.Equal(20, processes.Length);
        Assert.Equal(processes, Hashes("--threads"));
    }
}
