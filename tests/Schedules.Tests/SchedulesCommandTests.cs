using System.Diagnostics;
using System.Text.Json;
using Simulation.PlantedBugs.Trials;
using Simulation.Schedules.Findings;

namespace Schedules.Tests;

/// <summary>The command in a process of its own: the same seed has to give the same run there as here.</summary>
public sealed class SchedulesCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("schedules-tests-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Seed_gives_the_same_run_in_another_process()
    {
        using ScheduleWorld world = new();
        ScheduleSearchResult here = world.Open("own", "multifd", "portfolio")(42, 1);
        (int code, string output) = Simulate("schedules", "--model", "multifd", "--seed", "42", "--iterations", "1", "--json");
        Assert.Equal(0, code);
        Assert.Equal(here.TraceHash.ToString("x16"), Member(output, "traceHash"));
    }

    [Theory]
    [InlineData("own")]
    [InlineData("coyote")]
    public void Finding_is_the_same_in_another_process_and_its_file_replays(string host)
    {
        const string bug = "sync-arrivals-not-reset";
        const string model = "multifd";
        using ScheduleWorld world = Planted.World(bug);
        ScheduleSearchResult here = world.Open(host, model, "portfolio")(1, 200);
        Assert.NotNull(here.Property);
        (int code, string output) = Simulate("schedules", "--host", host, "--model", model, "--bug", bug, "-n", "200", "--json");
        Assert.Equal(1, code);
        Assert.Equal(here.Property, Member(output, "property"));
        Assert.Equal($"{here.Schedules}", Member(output, "schedules"));

        string file = Member(output, "file");
        ScheduleCase? kept = ScheduleCase.TryParse(File.ReadAllText(Path.Combine(_folder.FullName, file)));
        Assert.Equal((host, bug, here.Property), (kept?.Host, kept?.Bug, kept?.Property));
        if (host == "coyote")
            Assert.Equal(here.Replay, kept?.Trace);
        (int replayCode, string replayed) = Simulate("replay", file, "--json");
        Assert.Equal(1, replayCode);
        Assert.Equal(here.Property, Member(replayed, "property"));
    }

    [Theory]
    [InlineData("schedules", "--host", "nobody")]
    [InlineData("schedules", "--model", "nothing")]
    [InlineData("schedules", "--strategy", "probabilistic")]
    [InlineData("schedules", "--bug", "none-such")]
    public void Wrong_command_line_is_a_matter_of_usage(params string[] arguments) => Assert.Equal(64, Simulate(arguments).Code);

    private static string Member(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).ToString();
    }

    private (int Code, string Output) Simulate(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "simulate"), arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _folder.FullName,
            })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.NotNull(errors.Result);
        return (process.ExitCode, output);
    }
}
