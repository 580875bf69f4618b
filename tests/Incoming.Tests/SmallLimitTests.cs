using System.Net.Sockets;
using System.Runtime.Versioning;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary>The daemon where the system gives it little: whatever cannot be had costs one connection, never the process.</summary>
[SupportedOSPlatform("linux")]
public sealed class SmallLimitTests : IDisposable
{
    private const int Threads = 60;
    private readonly ServedProcess _served = new();

    public void Dispose() => _served.Dispose();

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    public void Strangers_and_monitors_that_take_all_descriptors_do_not_end_the_process(int descriptors)
    {
        _served.Start($"ulimit -n {descriptors}", WarnAlways);

        List<Socket> strangers =
        [
            .. Enumerable.Range(0, descriptors).Select(_ => _served.ConnectIdle()),
            .. Enumerable.Range(0, 60).Select(_ => _served.ConnectIdle("qmp")),
        ];
        WaitUntilThereAre(descriptors - 32 - 3);
        Assert.Equal("setup", (string?)_served.Monitor.Run("query-migrate")["status"]);
        strangers.ForEach(stranger => stranger.Dispose());

        Assert.Contains($"of {descriptors} descriptors", _served.CompleteAndQuit().Errors);
    }

    [Fact]
    public void Idle_strangers_that_stay_do_not_lock_the_source_out_of_a_process_with_few_descriptors()
    {
        _served.Start("ulimit -n 128");

        for (int i = 0; i < 200; i++)
            _served.ConnectIdle();

        Assert.Contains("--connections is", _served.CompleteAndQuit().Errors);
    }

    [SkippableFact]
    public void Strangers_that_take_all_threads_do_not_end_the_process()
    {
        StartWithFewThreads();

        List<Socket> strangers = [.. Enumerable.Range(0, Threads * 2).Select(_ => _served.ConnectIdle())];
        WaitUntilTheThreadLimitIsMet();
        Assert.Equal("setup", (string?)_served.Monitor.Run("query-migrate")["status"]);
        strangers.ForEach(stranger => stranger.Dispose());

        Assert.Contains("no thread", _served.CompleteAndQuit().Errors);
    }

    [SkippableFact]
    public void Signal_ends_the_process_in_order_while_strangers_have_all_threads()
    {
        StartWithFewThreads();

        for (int i = 0; i < Threads * 2; i++)
            _served.ConnectIdle();
        WaitUntilTheThreadLimitIsMet();
        _served.Process.Terminate();

        Assert.Equal(0, _served.Process.Wait().ExitCode);
        Assert.False(File.Exists(_served.Folder["qmp"]) || File.Exists(_served.Folder["mig"]));
    }

    [Theory]
    [InlineData("exec 2>/dev/full")]
    [InlineData("exec 2>&-")]
    public void Stderr_that_takes_nothing_does_not_end_the_process(string shell)
    {
        _served.Start(shell);

        _served.Feed("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        _served.CompleteAndQuit();
    }

    [Fact]
    public void Stderr_that_nobody_reads_does_not_stop_the_process()
    {
        string pipe = _served.Folder.MakePipe("stderr");
        using FileStream unread = new(pipe, FileMode.Open, FileAccess.ReadWrite);
        _served.Start($"exec 2>'{pipe}'");

        for (int i = 0; i < 1700; i++)
            _served.Feed("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        _served.CompleteAndQuit();
    }

    [Fact]
    public void What_strangers_make_the_log_say_is_limited_and_counted()
    {
        _served.Start(":", "--warnings-per-second", "1");

        for (int i = 0; i < 40; i++)
            _served.Feed("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        string[] lines = _served.CompleteAndQuit().Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(lines, line => line.Contains("lines were left out", StringComparison.Ordinal));
        Assert.True(lines.Length < 40, $"{lines.Length} lines");
    }

    [Fact]
    public void What_a_source_says_is_safe_for_a_terminal()
    {
        _served.Start(":");

        _served.Feed(new StreamBuilder().Header().Configuration().Section(1, 7, "\u001b[2J\u202ename", 0, 1).ToArray());

        TestProcess.Result result = _served.Process.Wait();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(@"\u{1b}[2J\u{202e}name", result.Errors);
    }

    [Fact]
    public void Socket_folders_that_are_gone_at_the_end_do_no_harm()
    {
        Directory.CreateDirectory(_served.Folder["a"]);
        Directory.CreateDirectory(_served.Folder["b"]);
        _served.Start(":", "--incoming", "defer", "--qmp", $"unix:{_served.Folder["b/qmp"]}");
        _served.Monitor.Run("migrate-incoming", $$"""{"uri":"unix:{{_served.Folder["a/mig"]}}"}""");
        using Socket source = PeerSocket.Connect(new UnixDomainSocketEndPoint(_served.Folder["a/mig"]));

        Directory.Delete(_served.Folder["a"], recursive: true);
        Directory.Delete(_served.Folder["b"], recursive: true);
        source.Send(ServedProcess.Stream);

        _served.Monitor.WaitForStatus("completed");
        Assert.Equal("completed", (string?)_served.Monitor.Run("query-migrate")["status"]);
        _served.Monitor.Run("quit");
        TestProcess.Result result = _served.Process.Wait();
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    [Theory]
    [InlineData("unix:/no/such/folder/socket", "there is no folder '/no/such/folder'")]
    [InlineData("fd:77", "no file descriptor 77 was inherited")]
    [InlineData("file:/tmp", "is a directory")]
    public void Transport_that_cannot_be_had_is_told_once_and_says_what_to_do(string uri, string message)
    {
        using TestProcess process = TestProcess.Incoming(["serve", .. ServedProcess.Block, "--incoming", uri]);

        TestProcess.Result result = process.Wait();

        Assert.Equal(1, result.ExitCode);
        string line = Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(message, line);
        Assert.Equal(2, line.Split(uri).Length);
    }

    // A limit of threads does not bind root: another user runs it, who runs nothing else.
    private void StartWithFewThreads()
    {
        string[] otherUser = [$"--reuid={100_000 + Environment.ProcessId}", "--clear-groups", "--"];
        using TestProcess probe = TestProcess.Start("setpriv", [.. otherUser, TestProcess.IncomingProgram, "--help"]);
        Needs.That(probe.Wait().ExitCode == 0, "needs root, setpriv, and a program that other users may run");
        File.SetUnixFileMode(_served.Folder["."], (UnixFileMode)0x1ff);
        _served.Start($"exec setpriv {string.Join(' ', otherUser)} prlimit --nproc={Threads} -- \"$0\" \"$@\"", WarnAlways);
    }

    private static string[] WarnAlways => ["--warnings-per-second", "100000"];

    // A few less than there may be: the runtime may give one back.
    private void WaitUntilThereAre(int descriptors) =>
        WaitUntil(() => Directory.GetFileSystemEntries($"/proc/{_served.Process.Id}/fd").Length >= descriptors);

    // The threads in reserve end then.
    private void WaitUntilTheThreadLimitIsMet() =>
        WaitUntil(() => !Directory.GetDirectories($"/proc/{_served.Process.Id}/task").Any(thread => NameOf(thread) == "spare"));

    private static string NameOf(string thread)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, "comm")).Trim();
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    private static void WaitUntil(Func<bool> condition) => Patience.Until(condition, "the limit was not met");
}
