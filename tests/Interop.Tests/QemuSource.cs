using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Processes;

namespace Interop.Tests;

/// <summary>A real QEMU with its guest's RAM in a file, ready to migrate.</summary>
internal sealed partial class QemuSource : IDisposable
{
    private const string Program = "qemu-system-x86_64";
    private const int OldestVersion = 10;
    private readonly TestProcess _process;

    public QemuSource(TemporaryFolder folder, string machine, int megabytes, params string[] more)
    {
        RamFile = folder["source-ram"];
        _process = TestProcess.Start(
            Program,
            [
                "-nodefaults", "-display", "none", "-M", $"{machine},memory-backend=m0", "-m", $"{megabytes}M",
                "-object", $"memory-backend-file,id=m0,mem-path={RamFile},size={megabytes}M,share=on",
                "-qmp", $"unix:{folder["source-qmp"]},server=on,wait=off", .. more,
            ]);
        Qmp = QmpClient.ConnectAndNegotiate(folder["source-qmp"], _process);
    }

    public string RamFile { get; }

    public QmpClient Qmp { get; }

    /// <summary>Skips a test where there is no such QEMU; in continuous integration nothing is skipped.</summary>
    public static void Require()
    {
        string? reason = WhyNot();
        Skip.If(
            reason is not null && Environment.GetEnvironmentVariable("CI") is not "true",
            reason + "; install Debian's qemu-system-x86 of version 10 or later");
        Assert.Null(reason);
    }

    public void Set(string parameters) => Qmp.Run("migrate-set-parameters", parameters);

    public void Migrate(string uri) => Qmp.Run("migrate", $$"""{"uri":"{{uri}}"}""");

    /// <summary>Waits until the figures are as asked, or the migration has ended.</summary>
    public JsonNode WaitUntil(Func<JsonNode, bool> condition)
    {
        while (true)
        {
            JsonNode info = Qmp.Run("query-migrate");
            if (condition(info) || (string?)info["status"] is "completed" or "failed")
                return info;
            Thread.Sleep(5);
        }
    }

    public JsonNode WaitForEnd() => WaitUntil(_ => false);

    public void Dispose()
    {
        Qmp.Dispose();
        _process.Dispose();
    }

    private static string? WhyNot()
    {
        try
        {
            using TestProcess process = TestProcess.Start(Program, "--version");
            Match version = Version().Match(process.Wait().Output);
            return int.Parse(version.Groups[1].Value) >= OldestVersion ? null : $"{Program} is version {version.Groups[1].Value}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"{Program} is not installed";
        }
    }

    [GeneratedRegex(@"version (\d+)")]
    private static partial Regex Version();
}
