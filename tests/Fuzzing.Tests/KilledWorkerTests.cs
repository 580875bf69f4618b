using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Simulation.Engine.Choices;

namespace Fuzzing.Tests;

/// <summary>Workers that somebody kills, at moments drawn from a seed. A campaign at night kills more of them.</summary>
public sealed class KilledWorkerTests : IDisposable
{
    private const string Bug = "xbzrle-zero-run-of-zero-accepted";
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("FUZZ_KILLS") ?? "8", CultureInfo.InvariantCulture);
    private readonly string _folder = Directory.CreateTempSubdirectory("killed").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void No_finding_is_lost_or_broken_and_none_is_made_when_workers_are_killed()
    {
        FuzzProcess.Result result = FuzzProcess.WithKills(
            _folder, Kills, new Prng(7), line => line.Contains("\"event\":\"finding\"", StringComparison.Ordinal),
            "run", "xbzrle-decode", "--bug", Bug, "--jobs", "2", "--time", "30m", "--json");
        Assert.Equal(1, result.ExitCode);
        string[] told = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "finding")
            .Select(line => line.GetProperty("file").GetString()!)];
        Assert.NotEmpty(told);
        Assert.All(told, file => Assert.True(File.Exists(Path.Combine(_folder, file)), file));

        // Each is what its name says, and none is the kill.
        string findings = Path.GetDirectoryName(told[0])!;
        FuzzProcess.Result replay = FuzzProcess.RunIn(
            _folder, "replay", "--target", "xbzrle-decode", "--bug", Bug, "--json", findings);
        Assert.All(replay.Lines.Select(line => JsonDocument.Parse(line).RootElement), line => Assert.StartsWith(
            line.GetProperty("signature").GetString()! + "-", Path.GetFileName(line.GetProperty("file").GetString()!)));
        Assert.DoesNotContain("\"signature\":\"killed", replay.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_that_lies_there_fails_the_next_session_too()
    {
        string findings = Path.Combine(_folder, "artifacts", "fuzz", "return-path", "findings");
        Directory.CreateDirectory(findings);
        File.WriteAllBytes(Path.Combine(findings, "hang-0f1e2d3c-00000000"), [1]);
        File.WriteAllText(Path.Combine(findings, "hang-0f1e2d3c-00000000.txt"), "return-path\na connection is still served\n");
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "run", "return-path", "--runs", "100");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("1 findings of earlier sessions lie in artifacts/fuzz/return-path/findings", result.Output, StringComparison.Ordinal);
    }
}
