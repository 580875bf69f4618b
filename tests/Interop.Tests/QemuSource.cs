using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU with its guest's RAM in a file, ready to migrate.</summary>
internal sealed class QemuSource : IDisposable
{
    private readonly TestProcess _process;

    public QemuSource(RealQemu qemu, TemporaryFolder folder, string machine, int megabytes, params string[] more)
    {
        RamFile = folder["source-ram"];
        _process = TestProcess.Start(
            qemu.Program,
            [
                "-nodefaults", "-display", "none", "-M", $"{machine},memory-backend=m0", "-m", $"{megabytes}M",
                "-object", $"memory-backend-file,id=m0,mem-path={RamFile},size={megabytes}M,share=on",
                "-qmp", $"unix:{folder["source-qmp"]},server=on,wait=off", .. more,
            ]);
        Qmp = QmpClient.ConnectAndNegotiate(folder["source-qmp"], _process);
    }

    public string RamFile { get; }

    public QmpClient Qmp { get; }

    public void Set(string parameters) => Qmp.Run("migrate-set-parameters", parameters);

    public void Migrate(string uri) => Qmp.Run("migrate", $$"""{"uri":"{{uri}}"}""");

    /// <summary>Waits until the figures are as asked, or the migration has ended.</summary>
    public JsonNode WaitUntil(Func<JsonNode, bool> condition)
    {
        JsonNode info = new JsonObject();
        Patience.Until(
            () => condition(info = Qmp.Run("query-migrate")) || (string?)info["status"] is "completed" or "failed",
            "the source's migration does not end");
        return info;
    }

    public JsonNode WaitForEnd() => WaitUntil(_ => false);

    public void Dispose()
    {
        Qmp.Dispose();
        _process.Dispose();
    }
}
