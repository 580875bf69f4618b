using System.Text.Json;
using Processes;
using Simulation.Tests.Processes;

namespace Simulation.Tests.Refereeing;

/// <summary>The command as a user meets it: with a real QEMU, with none, and with one that lies.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RefereeCommandTests : IDisposable
{
    // Speaks QMP, and says of the first migration that it has completed, and of later ones what it is told to.
    private const string Sham = """
        #!/bin/sh
        if [ "$1" = --version ]; then echo 'QEMU emulator version 0 (a sham)'; exit; fi
        echo '{"QMP": {}}'
        end=completed
        while read -r line; do
          case "$line" in
            *migrate-incoming*)
              mkdir FOLDER/first 2>/dev/null || end=LATER
              echo '{"return": {}}'; printf '{"event": "MIGRATION", "data": {"status": "%s"}}\n' $end;;
            *query-migrate*) printf '{"return": {"status": "%s"}}\n' $end;;
            *query-status*) echo '{"return": {"status": "running"}}';;
            *) echo '{"return": {}}';;
          esac
        done
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("referee").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void Drawn_streams_agree_but_for_listed_deviations()
    {
        RequireQemu();
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "referee", "--from", "1", "--count", "200", "--json");
        Assert.True(result.ExitCode == 0, result.Errors);
        string[] rulings = [.. result.Lines.Select(line => Member(line, "ruling"))];
        Assert.Equal(200, rulings.Length);
        Assert.All(rulings, ruling => Assert.Contains(ruling, (string[])["agreement", "known deviation", "not supported"]));
        Assert.All(
            result.Lines.Where(line => Member(line, "ruling") == "not supported"),
            line => Assert.Contains("postcopy session, multifd", Member(line, "case")));
        Assert.InRange(rulings.Count(ruling => ruling == "agreement"), 150, 200);
        Assert.Superset(
            new HashSet<string> { "completed", "failed" }, result.Lines.Select(line => Member(line, "qemu")).ToHashSet());
    }

    [SkippableTheory]
    [InlineData("MachineMismatch--L13-prefix-of-the-name", "L13", "failed", "completed")]
    [InlineData("MachineNameTooLong--name-of-4-GiB", "CLAIM", "failed", "crashed")]
    [InlineData("SectionUnsupported--dirty-bitmap", "BITMAP", "failed", "completed")]
    [InlineData("None--shared-block-ignored-in-file--x-ignore-shared,mapped-ram", "#48", "completed", "failed")]
    [InlineData("None--shared-block-ignored-in-file-of-version-0--x-ignore-shared,mapped-ram", "#48", "completed", "crashed")]
    public void Deviation_is_known_by_its_id(string file, string id, string right, string qemu)
    {
        RequireQemu();
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "referee", Corpus("malformed", file + ".bin"), "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            (id, right, qemu, right),
            (Member(result.Lines[0], "deviation"), Member(result.Lines[0], "ours"), Member(result.Lines[0], "qemu"), Member(result.Lines[0], "oracle")));
    }

    [SkippableFact]
    public void Findings_in_the_corpus_are_known()
    {
        RequireQemu();
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "referee", Corpus("qemu-findings"), "--json");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.NotEmpty(result.Lines);
        Assert.All(result.Lines, line => Assert.Equal("failed", Member(line, "ours")));
    }

    [SkippableFact]
    public void Every_stream_of_the_corpus_agrees_but_for_listed_deviations()
    {
        RequireQemu();
        SimulateProcess.Result result = SimulateProcess.RunIn(
            _folder, "referee", Corpus("malformed"), Corpus("seeds"), Corpus("regressions"), "--json");
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.InRange(result.Lines.Length, 300, int.MaxValue);
    }

    [Fact]
    public void Sham_that_completes_everything_is_found_out_and_the_last_line_finds_it_again()
    {
        string[] arguments = ["referee", "--qemu", WriteSham("completed"), "--out", _folder, "--json"];

        SimulateProcess.Result malformed = SimulateProcess.Run([.. arguments, Corpus("malformed", "UnknownRamFlags--flags-0.bin")]);
        Assert.Equal((1, "QEMU is alone"), (malformed.ExitCode, Member(malformed.Lines[0], "ruling")));
        SimulateProcess.Result good = SimulateProcess.Run([.. arguments, Corpus("malformed", "None--continue-across-sections.bin")]);
        Assert.Equal((1, "QEMU is alone"), (good.ExitCode, Member(good.Lines[0], "ruling")));
        Assert.Contains("RAM differs", Member(good.Lines[0], "message"));
        Assert.Equal(1, SimulateProcess.RunLine(Environment.CurrentDirectory, good.LastErrorLine).ExitCode);
    }

    [Theory]
    [InlineData("failed", 0, "QEMU varies", "so in 1 of 5 runs")]
    [InlineData("completed", 1, "QEMU is alone", "so in 5 of 5 runs")]
    public void What_comes_in_some_runs_is_a_rate_and_what_comes_in_all_a_finding(string later, int exitCode, string ruling, string rate)
    {
        SimulateProcess.Result result = SimulateProcess.Run(
            "referee", "--qemu", WriteSham(later), "--out", _folder, "--json", Corpus("malformed", "UnknownRamFlags--flags-0.bin"));
        Assert.Equal((exitCode, ruling), (result.ExitCode, Member(result.Lines[0], "ruling")));
        Assert.EndsWith(rate, Member(result.Lines[0], "message"));
    }

    [Fact]
    public void Qemu_that_is_missing_is_one_sentence_that_names_the_package()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "referee", "--qemu", "/nowhere/qemu", "--seed", "1");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            "simulate referee: there is no '/nowhere/qemu': install Debian's package qemu-system-x86, or name a program with --qemu",
            result.Errors.TrimEnd());
    }

    private string WriteSham(string later)
    {
        string sham = Path.Combine(_folder, "qemu");
        string text = Sham.Replace("FOLDER", _folder, StringComparison.Ordinal).Replace("LATER", later, StringComparison.Ordinal);
        File.WriteAllText(sham, text);
        File.SetUnixFileMode(sham, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return sham;
    }

    private void RequireQemu()
    {
        SimulateProcess.Result result = SimulateProcess.RunIn(_folder, "referee", "--seed", "2", "--json");
        bool isMissing = result.ExitCode == 2 && result.Errors.Contains("qemu-system-x86", StringComparison.Ordinal);
        Needs.That(!isMissing, result.Errors);
    }

    private static string Member(string line, string name)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty(name).GetString() ?? "";
    }

    private static string Corpus(params string[] path) => Path.Combine([Repository.Root, "corpus", .. path]);
}
