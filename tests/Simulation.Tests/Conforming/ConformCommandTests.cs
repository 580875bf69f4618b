using System.Text.Json.Nodes;
using Processes;
using Simulation.Tests.Processes;

namespace Simulation.Tests.Conforming;

/// <summary>The command as a user meets it: our daemon passes, real QEMUs fail where they are known to, and who lies is found out.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ConformCommandTests : IDisposable
{
    // Speaks QMP on its standard streams, listens nowhere, and says that whatever it is told to migrate has arrived.
    private const string Sham = """
        #!/bin/sh
        if [ "$1" = --version ]; then echo 'QEMU emulator version 11.1.3 (a sham)'; exit; fi
        echo '{"QMP": {}}'
        while read -r line; do
          case "$line" in
            *migrate-incoming*)
              echo '{"return": {}}'
              for status in setup active completed; do printf '{"event": "MIGRATION", "data": {"status": "%s"}}\n' $status; done;;
            *query-migrate*) echo '{"return": {"status": "completed"}}';;
            *query-status*) echo '{"return": {"status": "running"}}';;
            *) echo '{"return": {}}';;
          esac
        done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("conform").FullName;

    private static string Daemon => $"daemon:{Path.Combine(AppContext.BaseDirectory, "incoming")}";

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Our_daemon_passes_every_row()
    {
        SimulateProcess.Result result = SimulateProcess.Run("conform", "--under-test", Daemon, "--times", "2", "--json");

        Assert.True(result.ExitCode == 0, result.Errors);
        JsonNode[] cells = [.. result.Lines.Select(line => JsonNode.Parse(line)!)];
        Assert.All(cells, cell => Assert.Equal("pass", (string?)cell["verdict"]));
        Assert.InRange(cells.DistinctBy(cell => (string?)cell["row"]).Count(), 55, 1000);
        JsonNode[] figures = [.. cells.SelectMany(cell => (JsonArray?)cell["figures"] ?? []).Select(figure => figure!)];
        Assert.InRange(figures.Length, 160, 1000);
        Assert.All(figures, figure => Assert.Equal("right", (string?)figure["state"]));
        Assert.Equal(["black-box", "white-box"], cells.Select(cell => (string?)cell["facts"]).Distinct().Order());
    }

    // A QEMU that meets L5 fails or dies, as it happens.
    [SkippableTheory]
    [InlineData("multifd/channel-cut", "L1")]
    [InlineData("multifd/late-channel-error", "L3")]
    [InlineData("return-path/HTTP-client", "L5")]
    [InlineData("multifd/slow-start-2-bytes", "L6")]
    [InlineData("multifd/RAM-not-zero-before", "L7")]
    [InlineData("return-path/bad-address-first", "L10")]
    [InlineData("multifd/page-at-0x800", "L16")]
    public void Known_fault_of_a_real_destination_is_found_with_its_letter(string row, string letter)
    {
        SimulateProcess.Result result = SimulateProcess.Run("conform", "--only", row, "--times", "2", "--json");
        JsonNode[] cells = [.. result.Lines.Select(line => JsonNode.Parse(line)!)];
        JsonNode[][] qemus = [.. cells.GroupBy(cell => cell["program"]!.ToString()).Where(qemu => qemu.Key.StartsWith("QEMU 1", StringComparison.Ordinal))
            .Select(qemu => qemu.ToArray())];
        Needs.That(qemus.Length > 0, "run .ci/install-qemu, or list programs in MIGRATION_QEMUS");

        Assert.All(qemus, qemu => Assert.Contains(qemu, cell => (string?)cell["verdict"] == "fail"));
        Assert.All(cells.Where(cell => qemus.Any(qemu => qemu.Contains(cell)) && (string?)cell["verdict"] == "fail"), cell => Assert.Equal(letter, (string?)cell["knownFault"]));
        Assert.All(cells.Where(cell => (string?)cell["program"] == "incoming"), cell => Assert.Equal("pass", (string?)cell["verdict"]));
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public void Sham_that_says_that_everything_has_arrived_is_found_out_and_the_command_shows_it_again()
    {
        string sham = Path.Combine(_folder, "sham");
        File.WriteAllText(sham, Sham);
        File.SetUnixFileMode(sham, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "conform", "--under-test", $"qemu:{sham}", "--only", "return-path/none", "--json");

        Assert.Equal(1, result.ExitCode);
        JsonNode outcome = result.Lines.Select(line => JsonNode.Parse(line)!).Single(cell => (string?)cell["property"] == "outcome");
        Assert.Contains("pages of RAM are wrong", (string?)outcome["message"]);
        SimulateProcess.Result again = SimulateProcess.RunLine(_folder, (string)outcome["command"]!);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("FAIL", again.Output);
        Assert.Contains("pages of RAM are wrong", again.Output);
    }

    [Theory]
    [InlineData("stranger-fails-the-migration", "return-path/HTTP-client")]
    [InlineData("sync-not-woken-by-failure", "multifd/channel-cut")]
    public void Bug_in_our_daemon_is_found_from_outside(string bug, string row)
    {
        SimulateProcess.Result result = SimulateProcess.Run("conform", "--under-test", Daemon, "--bug", bug, "--only", row, "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(result.Lines, line => (string?)JsonNode.Parse(line)!["verdict"] == "fail");
    }

    [Theory]
    [InlineData("multifd-not-counted", "multifd/figures", "C1")]
    [InlineData("mapped-ram-pages-not-counted", "mapped-ram/figures", "C4")]
    [InlineData("no-total-time-after-postcopy", "postcopy/figures", "T2")]
    [InlineData("no-total-time-after-failure", "precopy-failing/figures", "T3")]
    public void Flaw_of_the_posted_patch_is_said_by_its_letter(string bug, string row, string flaw)
    {
        SimulateProcess.Result result = SimulateProcess.Run("conform", "--under-test", Daemon, "--bug", bug, "--only", row);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"  {flaw} because ", result.Output);
    }

    [Fact]
    public void Any_command_can_be_judged()
    {
        string line = $"{Path.Combine(AppContext.BaseDirectory, "incoming")} serve --incoming {{uri}} --qmp unix:{{qmp}} --memory-file {{ram}} --block m0=1M";

        SimulateProcess.Result result = SimulateProcess.Run("conform", "--under-test", line, "--only", "return-path/", "--json");

        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains(result.Lines, cell => cell.Contains("\"unsupported\"", StringComparison.Ordinal));
        Assert.All(result.Lines, cell => Assert.Contains(JsonNode.Parse(cell)!["verdict"]!.ToString(), (string[])["pass", "unsupported"]));
    }

    [Theory]
    [InlineData(64, "daemon:PATH, qemu:PATH, or a command", "--under-test", "incoming")]
    [InlineData(64, "no row's name contains 'nothing'", "--under-test", "true {qmp} {ram}", "--only", "nothing")]
    [InlineData(2, "there is no '/nowhere/incoming'", "--under-test", "daemon:/nowhere/incoming")]
    [InlineData(2, "it does not serve QMP", "--under-test", "true {qmp} {ram}", "--only", "precopy/none")]
    public void What_cannot_be_judged_is_said(int exitCode, string message, params string[] arguments)
    {
        SimulateProcess.Result result = SimulateProcess.Run(["conform", .. arguments]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Errors + result.Output);
    }
}
