using System.Runtime.Versioning;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary>Files that can hold a guest's RAM and files that cannot: what is wrong is said at the start.</summary>
[SupportedOSPlatform("linux")]
public sealed class MemoryFileTests : IDisposable
{
    private const int UsageExitCode = 64;

    // The runtime's own large file, in which it compiles, is left out.
    private const string SmallFilesOnly = "export DOTNET_EnableWriteXorExecute=0; ulimit -f 100";
    private readonly ServedProcess _served = new();

    public void Dispose() => _served.Dispose();

    [SkippableFact]
    public void Full_file_system_is_told_before_the_migration_and_nothing_stays_behind()
    {
        string disk = _served.Folder["disk"];
        Directory.CreateDirectory(disk);
        using TestProcess mount = TestProcess.Start("mount", "-t", "tmpfs", "-o", "size=1m", "none", disk);
        Needs.That(mount.Wait().ExitCode == 0, "needs root: a file system of a MiB is mounted");
        try
        {
            AssertRefused(Path.Combine(disk, "ram"), "have no room there: No space left on device");
            Assert.Empty(Directory.GetFiles(disk));
            AssertRefused(Path.Combine(disk, "ram"), "have no room there: No space left on device", "--block", "more=1M");
        }
        finally
        {
            using TestProcess unmount = TestProcess.Start("umount", "-l", disk);
            unmount.Wait();
        }
    }

    [Fact]
    public void File_that_may_not_be_so_large_is_refused() =>
        AssertRefusedUnder(SmallFilesOnly, _served.Folder["ram"], "File too large");

    [Fact]
    public void Writes_that_the_system_refuses_go_through_the_mapping()
    {
        File.WriteAllBytes(_served.Folder["ram"], new byte[2 << 20]);
        _served.Start(SmallFilesOnly, "--memory-file", _served.Folder["ram"]);

        _served.CompleteAndQuit();

        Assert.Equal(Capture.Open("none-return-path").Sha256(), _served.Folder.Sha256("ram"));
    }

    [Fact]
    public void Pipe_device_and_folder_are_refused_by_their_kind()
    {
        _served.Folder.MakePipe("pipe");
        Directory.CreateDirectory(_served.Folder["folder"]);

        AssertRefused(_served.Folder["pipe"], "is a pipe: a regular file is wanted");
        AssertRefused("/dev/zero", "is a character device: a regular file is wanted");
        AssertRefused(_served.Folder["folder"], "Is a directory");
        AssertRefused(_served.Folder["no/such/folder"], "No such file or directory");
    }

    [Fact]
    public void Second_daemon_with_the_same_file_ends_and_the_first_goes_on()
    {
        _served.Start(":", "--memory-file", _served.Folder["ram"]);

        AssertRefused(_served.Folder["ram"], "is the memory of another 'incoming' that runs");

        _served.CompleteAndQuit();
        using TestProcess next = TestProcess.Incoming(
            ["serve", .. ServedProcess.Block, "--memory-file", _served.Folder["ram"], "--incoming", "fd:77"]);
        Assert.Equal(1, next.Wait().ExitCode);
    }

    [Theory]
    [InlineData(null, UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData("0640", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    [InlineData("666", (UnixFileMode)0x1b6)]
    public void File_that_is_made_has_the_mode_of_the_option(string? mode, UnixFileMode expected)
    {
        string[] option = mode is null ? [] : ["--memory-file-mode", mode];
        _served.Start("umask 022", ["--memory-file", _served.Folder["ram"], .. option]);

        Assert.Equal(expected, File.GetUnixFileMode(_served.Folder["ram"]));

        _served.CompleteAndQuit();
    }

    [Fact]
    public void File_that_is_there_keeps_its_mode_and_a_mode_that_is_none_is_refused()
    {
        File.WriteAllBytes(_served.Folder["ram"], []);
        File.SetUnixFileMode(_served.Folder["ram"], (UnixFileMode)0x1a4);
        _served.Start(":", "--memory-file", _served.Folder["ram"]);

        Assert.Equal((UnixFileMode)0x1a4, File.GetUnixFileMode(_served.Folder["ram"]));

        foreach (string mode in (string[])["rw", "64", "00640", "0680", ""])
            AssertRefused(_served.Folder["other"], "is no mode", "--memory-file-mode", mode);
        Assert.False(File.Exists(_served.Folder["other"]));
    }

    private static void AssertRefused(string path, string message, params string[] arguments) =>
        AssertRefusedUnder(":", path, message, arguments);

    private static void AssertRefusedUnder(string shell, string path, string message, params string[] arguments)
    {
        using TestProcess process = TestProcess.IncomingUnder(
            shell, ["serve", .. ServedProcess.Block, "--incoming", "fd:77", "--memory-file", path, .. arguments]);
        TestProcess.Result result = process.Wait();
        Assert.Equal(UsageExitCode, result.ExitCode);
        Assert.Contains(message, Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }
}
