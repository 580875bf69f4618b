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
        WaitUntil(() => strangers[0].Poll(0, SelectMode.SelectRead));
        Assert.Equal("setup", (string?)_served.Monitor.Run("query-migrate")["status"]);
        strangers.ForEach(stranger => stranger.Dispose());

        Assert.Contains($"of {descriptors} descriptors", _served.CompleteAndQuit().Errors);
    }

    [Theory]
    [InlineData(128, 0)]
    [InlineData(128, 60)]
    [InlineData(256, 0)]
    [InlineData(256, 60)]
    public void Idle_strangers_and_monitors_that_stay_do_not_lock_the_source_out_of_a_process_with_few_descriptors(int descriptors, int monitors)
    {
        _served.Start($"ulimit -n {descriptors}");

        for (int i = 0; i < monitors; i++)
            _served.ConnectIdle("qmp");
        for (int i = 0; i < 300; i++)
            _served.ConnectIdle();

        Assert.Contains($"makes room: of {descriptors} descriptors", _served.CompleteAndQuit().Errors);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(127)]
    public void Too_few_descriptors_are_told_at_the_start(int descriptors)
    {
        using TestProcess process = TestProcess.IncomingUnder($"ulimit -n {descriptors}", ["serve", .. ServedProcess.Block]);

        TestProcess.Result result = process.Wait();

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("at least 128 descriptors are needed", result.Errors);
    }

    // The runtime opens the first file of its own in a place that is free: a result that is written there is lost, and harms it.
    [Theory]
    [InlineData(">&-")]
    [InlineData(">&- 2>&-")]
    public void Result_that_has_no_place_to_go_is_an_error(string redirection)
    {
        using TestProcess process = TestProcess.IncomingUnder(
            $"exec {redirection}", ["load", Path.Combine(Capture.Root, "corpus", "qemu", "10.0.2", "none-text")]);

        Assert.Equal(64, process.Wait().ExitCode);
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

    [SkippableTheory]
    [InlineData("mig", "it has not said what it is, and makes room: the system has no thread left")]
    [InlineData("qmp", "that was idle for longest: the system has no thread left")]
    public void Idle_clients_that_stay_and_have_all_threads_do_not_lock_the_source_out(string socket, string message)
    {
        StartWithFewThreads();

        for (int i = 0; i < Threads * 2; i++)
            _served.ConnectIdle(socket);
        WaitUntilTheThreadLimitIsMet();

        Assert.Contains(message, _served.CompleteAndQuit().Errors);
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
    [InlineData("fd:8", "no file descriptor 8 was inherited")]
    [InlineData("fd:2", "this process writes its messages there")]
    [InlineData("tcp:127.0.0.1:0,reuse=on", "Invalid parameter 'reuse'")]
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
