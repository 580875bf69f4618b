using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary>Commands, pipes, files and monitors that could make the daemon wait for ever, or for long.</summary>
public sealed class NoHangTests : IDisposable
{
    // Long enough for the busiest machine, and less than what a hang would take.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(40);
    private const long MappedRamBytes = 256L << 20;
    private readonly ServedProcess _served = new();

    public void Dispose() => _served.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Command_that_sleeps_ends_with_the_process_and_so_does_what_it_started(bool quit)
    {
        string processes = _served.Folder["processes"];
        _served.Start(":", "--incoming", $"exec:trap '' TERM; sleep 1000 & echo $$ $! > {processes}; wait");
        WaitFor(() => File.Exists(processes) && File.ReadAllText(processes).EndsWith('\n'));

        if (quit)
            _served.Monitor.Run("quit");
        else
            _served.Process.Terminate();

        Assert.Equal(0, _served.Process.Wait(Soon).ExitCode);
        foreach (string id in File.ReadAllText(processes).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
            WaitFor(() => !IsRunning(id));
    }

    [Fact]
    public void Command_that_answers_its_own_pace_is_not_ended_before_it_is_done()
    {
        File.WriteAllBytes(_served.Folder["stream"], ServedProcess.Stream);
        string done = _served.Folder["done"];
        _served.Start(":", "--incoming", "defer");

        _served.Monitor.Run(
            "migrate-incoming", $$"""{"uri":"exec:cat {{_served.Folder["stream"]}}; exec >&-; sleep 0.1; echo done > {{done}}"}""");
        _served.Monitor.WaitForStatus("completed");

        WaitFor(() => File.Exists(done));
        _served.Monitor.Run("quit");
        Assert.Equal(0, _served.Process.Wait().ExitCode);
    }

    [Fact]
    public void Named_pipe_without_a_writer_blocks_neither_monitors_nor_the_end()
    {
        _served.Folder.MakePipe("pipe");
        _served.Start(":", "--incoming", "defer");
        _served.Monitor.Run("migrate-incoming", PipeUri);
        using QmpClient other = QmpClient.ConnectAndNegotiate(_served.Folder["qmp"], _served.Process);
        Assert.Contains((string?)other.Run("query-migrate")["status"], (string[])["setup", "active"]);

        _served.Process.Terminate();

        Assert.Equal(0, _served.Process.Wait().ExitCode);
    }

    [Fact]
    public void Named_pipe_is_read_when_its_writer_comes()
    {
        _served.Folder.MakePipe("pipe");
        _served.Start(":", "--incoming", "defer");
        _served.Monitor.Run("migrate-incoming", PipeUri);

        File.WriteAllBytes(_served.Folder["pipe"], ServedProcess.Stream);

        _served.Monitor.WaitForStatus("completed");
        _served.Monitor.Run("quit");
        Assert.Equal(0, _served.Process.Wait().ExitCode);
    }

    [Theory]
    [InlineData("multifd", "file:/dev/null", "Migration requires multi-channel URIs (e.g. tcp)")]
    [InlineData("multifd", "exec:cat /dev/null", "Migration requires multi-channel URIs (e.g. tcp)")]
    [InlineData("multifd", "fd:0", "Migration requires multi-channel URIs (e.g. tcp)")]
    [InlineData("mapped-ram", "exec:cat /dev/null", "Migration requires seekable transport (e.g. file)")]
    [InlineData("mapped-ram", "fd:0", "Migration requires seekable transport (e.g. file)")]
    [InlineData("mapped-ram", "tcp:127.0.0.1:0", "Migration requires seekable transport (e.g. file)")]
    [InlineData("mapped-ram", "unix:/tmp/never-made", "Migration requires seekable transport (e.g. file)")]
    public void Transport_that_a_capability_excludes_is_refused_with_QEMUs_reason(string capability, string uri, string reason)
    {
        _served.Start(":", "--incoming", "defer");
        _served.Monitor.SwitchOn(capability);

        Assert.Equal(reason, _served.Monitor.Refuse("migrate-incoming", $$"""{"uri":"{{uri}}"}"""));
        Assert.Equal("{}", _served.Monitor.Run("query-migrate").ToJsonString());
    }

    [Fact]
    public void File_that_becomes_shorter_while_it_is_read_fails_the_migration_and_nothing_else()
    {
        string path = WriteSparseMappedRam();
        using TestProcess process = ServeMappedRam();
        using QmpClient qmp = QmpClient.ConnectAndNegotiate(_served.Folder["qmp"], process);
        qmp.Run("migrate-incoming", $$"""{"uri":"file:{{path}}","exit-on-error":false}""");
        qmp.WaitForStatus("active");

        Shorten(path);

        // Whether the file was read before is the machine's affair.
        qmp.WaitFor("MIGRATION", e => (string?)e["data"]!["status"] is "failed" or "completed");
        qmp.Run("quit");
        Assert.Equal(0, process.Wait().ExitCode);
    }

    [Fact]
    public void File_that_is_shorter_than_its_pages_fails_the_migration_and_nothing_else()
    {
        string path = WriteSparseMappedRam();
        Shorten(path);
        using TestProcess process = ServeMappedRam();
        using QmpClient qmp = QmpClient.ConnectAndNegotiate(_served.Folder["qmp"], process);

        qmp.Run("migrate-incoming", $$"""{"uri":"file:{{path}}","exit-on-error":false}""");

        qmp.WaitForStatus("failed");
        Assert.Contains("the file ends inside the pages", (string?)qmp.Run("query-migrate")["error-desc"]);
        qmp.Run("quit");
        Assert.Equal(0, process.Wait().ExitCode);
    }

    [Fact]
    public void Idle_monitors_do_not_lock_the_operator_out()
    {
        _served.Start(":", "--qmp-clients", "8");
        List<QmpClient> idle = [.. Enumerable.Range(0, 20).Select(_ => QmpClient.Connect(_served.Folder["qmp"], _served.Process))];

        using QmpClient next = QmpClient.ConnectAndNegotiate(_served.Folder["qmp"], _served.Process);

        Assert.Equal("setup", (string?)next.Run("query-migrate")["status"]);
        // The first was not idle, and is still there; of those that were, the first had to go.
        Assert.Equal("setup", (string?)_served.Monitor.Run("query-migrate")["status"]);
        Assert.Throws<EndOfStreamException>(() => idle[0].ReadLine());
        string errors = _served.CompleteAndQuit().Errors;
        Assert.Contains("--qmp-clients", errors);
        idle.ForEach(client => client.Dispose());
    }

    [Fact]
    public void Monitors_that_do_not_read_do_not_hold_up_the_end()
    {
        _served.Start(":");
        List<QmpClient> silent = [.. Enumerable.Range(0, 60).Select(_ => QmpClient.ConnectAndNegotiate(_served.Folder["qmp"], _served.Process))];
        foreach (QmpClient client in silent)
            client.SendUnread(string.Concat(Enumerable.Repeat("""{"execute":"query-commands"}""" + "\n", 2000)));

        _served.Process.Terminate();

        Assert.Equal(0, _served.Process.Wait(Soon).ExitCode);
        silent.ForEach(client => client.Dispose());
    }

    private string PipeUri => $$"""{"uri":"file:{{_served.Folder["pipe"]}}"}""";

    private static bool IsRunning(string process) =>
        File.Exists($"/proc/{process}/stat") && File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0] != 'Z';

    private static void WaitFor(Func<bool> condition) =>
        Patience.Until(condition, "it did not come to pass");

    private TestProcess ServeMappedRam() => TestProcess.Incoming(
        "serve", "--block", $"ram={MappedRamBytes}", "--qmp", $"unix:{_served.Folder["qmp"]}", "--capability", "events",
        "--capability", "mapped-ram");

    private static void Shorten(string path)
    {
        using FileStream file = new(path, FileMode.Open);
        file.SetLength(2 << 20);
    }

    // All pages are said to be there, in a file that is one large hole.
    private string WriteSparseMappedRam()
    {
        string path = _served.Folder["stream"];
        using FileStream file = new(path, FileMode.Create);
        file.Write(MappedRamFile.Beginning(MappedRamBytes));
        file.Position = MappedRamFile.PagesOffset + MappedRamBytes;
        file.Write(MappedRamFile.End());
        return path;
    }
}
