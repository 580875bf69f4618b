namespace Package.Tests;

/// <summary>The programs as tools, installed outside the repository, with nothing of it at hand.</summary>
[Collection("packed")]
public sealed class ToolTests(PackedFeed feed)
{
    [Theory]
    [InlineData("simulate", 0, "violations       0", "range", "--count", "50")]
    [InlineData("simulate", 1, "TimesEqualVirtualTimes", "range", "--count", "20", "--bug", "no-total-time-after-failure")]
    [InlineData("fuzz", 0, "xbzrle-decode", "list")]
    [InlineData("fuzz", 0, "0 findings", "run", "xbzrle-decode", "--time", "1s")]
    [InlineData("incoming", 0, "\"status\":\"completed\"", "load", "stream", "-m", "16M")]
    public async Task Tool_runs_outside_the_repository(string tool, int exitCode, string expected, params string[] arguments)
    {
        string folder = feed.NewFolder($"{tool}-{arguments[0]}-{arguments.Length}");
        (await feed.RunInAsync(folder, "dotnet", "tool", "install", tool, "--tool-path", "bin", "--source", feed.Folder)).Expect(0);
        if (arguments.Contains("stream"))
            await Recording.UnpackAsync("none-mix-16m", Path.Combine(folder, "stream"));
        Result result = (await feed.RunInAsync(folder, Path.Combine(folder, "bin", tool), arguments)).Expect(exitCode);
        Assert.Contains(expected, result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Simulator_that_is_installed_finds_the_daemon_that_is_installed_beside_it()
    {
        string folder = feed.NewFolder("conform");
        foreach (string tool in new[] { "simulate", "incoming" })
            (await feed.RunInAsync(folder, "dotnet", "tool", "install", tool, "--tool-path", "bin", "--source", feed.Folder)).Expect(0);
        Result result = await feed.RunInAsync(folder, "/bin/sh", "-c", "PATH=$PWD/bin:$PATH simulate conform --only precopy/none --json");
        Assert.Contains("\"program\":\"incoming\"", result.Expect(0).Output, StringComparison.Ordinal);
    }
}
