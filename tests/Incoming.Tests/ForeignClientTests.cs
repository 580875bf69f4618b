using System.ComponentModel;
using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary>Clients that others wrote drive <c>incoming serve</c>.</summary>
public sealed class ForeignClientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Capture _capture = Capture.Open("none-return-path");

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("fd")]
    [InlineData("fdset")]
    [InlineData("unix")]
    public void Python_client_sees_a_migration_from_beginning_to_end(string transport)
    {
        Require("python3", "--version");
        File.WriteAllBytes(_folder["stream"], _capture.MainStream());
        using TestProcess process = Serve();
        QmpClient.Connect(_folder["qmp"], process).Dispose();

        using TestProcess python = TestProcess.Start(
            "python3", Path.Combine(AppContext.BaseDirectory, "Clients", "lifecycle.py"), _folder["qmp"], _folder["stream"],
            transport == "unix" ? $"unix:{_folder["mig"]}" : transport);
        TestProcess.Result result = python.Wait();

        Assert.Equal("", result.Errors);
        JsonNode told = JsonNode.Parse(result.Output)!;
        Assert.Equal("""{"micro":2,"minor":0,"major":10}""", told["version"]!.ToJsonString());
        Assert.Empty(told["unknown"]!.AsArray());
        Assert.Equal(
            ["inmigrate", "paused", "running"], ((string[])["before", "paused", "after"]).Select(name => (string)told[name]!));
        Assert.Equal("completed", (string?)told["migration"]!["status"]);
        Assert.Equal(
            _capture.SourceRam.GetProperty("transferred").GetInt64(), (long)told["migration"]!["ram"]!["transferred"]!);
        Assert.Equal(1 << 30, (int)told["parameters"]!);
        Assert.Equal("VM status: running\r\n", (string?)told["human"]);
        Assert.Equal(
            ["MIGRATION", "MIGRATION", "RESUME", "MIGRATION", "STOP", "RESUME", "SHUTDOWN"],
            told["events"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(0, process.Wait().ExitCode);
    }

    [SkippableFact]
    public void Socat_sends_commands_as_a_person_types_them()
    {
        Require("socat", "-V");
        using TestProcess process = Serve();
        QmpClient.Connect(_folder["qmp"], process).Dispose();
        File.WriteAllText(
            _folder["typed"],
            """
            { 'execute': 'qmp_capabilities' }
            {
              'execute': 'query-status',
              'id': 'typed'
            } { "execute": "oops"
            , "id": 2 }
            {"execute":"quit"}

            """);

        // The reply to quit comes before the end; without -t socat would leave when the file ends.
        using TestProcess socat = TestProcess.Start("/bin/sh", "-c", $"socat -t 60 - UNIX-CONNECT:{_folder["qmp"]} < {_folder["typed"]}");
        JsonNode[] lines =
            [.. socat.Wait().Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

        Assert.Equal(0, process.Wait().ExitCode);
        Assert.NotNull(lines[0]["QMP"]);
        Assert.Equal("{}", lines[1]["return"]!.ToJsonString());
        Assert.Equal("typed", (string?)lines[2]["id"]);
        Assert.Equal("inmigrate", (string?)lines[2]["return"]!["status"]);
        Assert.Equal("The command oops has not been found", (string?)lines[3]["error"]!["desc"]);
        Assert.Equal("SHUTDOWN", (string?)lines[4]["event"]);
        Assert.Equal("{}", lines[5]["return"]!.ToJsonString());
        Assert.Equal(6, lines.Length);
    }

    private static void Require(string program, string argument)
    {
        try
        {
            using TestProcess process = TestProcess.Start(program, argument);
            process.Wait();
        }
        catch (Win32Exception)
        {
            Needs.That(false, $"{program} is not installed: run .ci/install-clients");
        }
    }

    private TestProcess Serve() => TestProcess.Incoming("serve", "--block", "m0=2M", "--qmp", $"unix:{_folder["qmp"]}");
}
