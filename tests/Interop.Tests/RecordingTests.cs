using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>
/// What a real QEMU sends to <c>incoming serve</c> is recorded on its way, and <c>incoming load</c> makes the same of it later: the
/// source's RAM and the source's figures. <c>UPDATE_CORPUS=11.1.3</c> keeps the recordings of that version in <c>corpus/qemu</c>.
/// </summary>
public sealed class RecordingTests : MigrationFixture
{
    private const int Megabytes = 2;
    private const string LegacyFlush = "migration.multifd-flush-after-each-section=on";

    [SkippableTheory]
    [EachQemu("plain", "", "{}", "")]
    [EachQemu("return-path", "return-path", "{}", "")]
    [EachQemu("switchover-ack", "return-path,switchover-ack", "{}", "")]
    [EachQemu("old-machine", "return-path", "{}", "migration.send-section-footer=off,migration.send-switchover-start=off")]
    [EachQemu("multifd1", "multifd", """{"multifd-channels":1}""", "")]
    [EachQemu("multifd2", "multifd,return-path", """{"multifd-channels":2}""", "")]
    [EachQemu("multifd2-zlib", "multifd", """{"multifd-channels":2,"multifd-compression":"zlib"}""", "")]
    [EachQemu("multifd2-zstd", "multifd", """{"multifd-channels":2,"multifd-compression":"zstd"}""", "")]
    [EachQemu("multifd2-zpd-legacy", "multifd", """{"multifd-channels":2,"zero-page-detection":"legacy"}""", "")]
    [EachQemu("multifd2-zpd-none", "multifd", """{"multifd-channels":2,"zero-page-detection":"none"}""", "")]
    [EachQemu("multifd2-legacy-flush", "multifd", """{"multifd-channels":2}""", LegacyFlush)]
    [EachQemu("multifd4", "multifd", """{"multifd-channels":4}""", "")]
    [EachQemu("multifd16", "multifd", """{"multifd-channels":16}""", "")]
    [EachQemu("mapped", "mapped-ram", "{}", "")]
    [EachQemu("mapped-multifd2", "mapped-ram,multifd", """{"multifd-channels":2}""", "")]
    public void Recording_loads_with_the_source_s_ram_and_figures(
        string version, string name, string capabilities, string parameters, string properties)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        string[] on = capabilities.Split(',', StringSplitOptions.RemoveEmptyEntries);
        string[] globals = [.. properties.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(property => (string[])["-global", property])];
        using QemuSource source = new(qemu, Folder, "none", Megabytes, globals);
        foreach (string capability in on)
            source.Qmp.SwitchOn(capability);
        source.Set(parameters);
        JsonObject meta = Describe(source, version, globals);
        bool isFile = on.Contains("mapped-ram");

        using TestProcess? process = isFile ? null : Serve(on, parameters, properties);
        using Recorder recorder = new(Folder["proxy"], Folder["mig"]);
        source.Migrate(isFile ? $"file:{Folder["vm"]}" : $"unix:{Folder["proxy"]}");
        JsonNode sent = source.WaitForEnd();
        Assert.Equal("completed", (string?)sent["status"]);
        meta["source_query_migrate"] = sent.DeepClone();
        byte[] ram = File.ReadAllBytes(source.RamFile);
        int connections = isFile ? 0 : 1 + (on.Contains("multifd") ? (int)meta["parameters"]!["multifd-channels"]! : 0);
        recorder.Save(connections, Folder["recording"], meta, "m0", ram, isFile ? File.ReadAllBytes(Folder["vm"]) : null);

        using TestProcess load = TestProcess.Incoming("load", Folder["recording"]);
        TestProcess.Result result = load.Wait();
        Assert.True(result is { ExitCode: 0, Errors: "" }, result.Output + result.Errors);
        JsonNode report = JsonNode.Parse(result.Output)!;
        Assert.Equal((string?)meta["blocks"]!["m0"]!["sha256"], (string?)report["blocks"]!["m0"]!["sha256"]);
        foreach (string figure in (string[])["normal", "duplicate", "transferred", "multifd-bytes", "total", "remaining", "page-size"])
            Assert.Equal((long)sent["ram"]![figure]!, (long)report["query-migrate"]!["ram"]![figure]!);
        Keep($"none-{name}", version);
    }

    private TestProcess Serve(string[] capabilities, string parameters, string properties)
    {
        TestProcess process = TestProcess.Incoming(
        [
            "serve", "--block", $"m0={Megabytes}M", "--qmp", $"unix:{Folder["qmp"]}",
            .. properties.Split(',', StringSplitOptions.RemoveEmptyEntries).SelectMany(property => (string[])["--global", property]),
        ]);
        using QmpClient qmp = QmpClient.ConnectAndNegotiate(Folder["qmp"], process);
        foreach (string capability in capabilities)
            qmp.SwitchOn(capability);
        qmp.Run("migrate-set-parameters", parameters);
        qmp.Run("migrate-incoming", $$"""{"uri":"unix:{{Folder["mig"]}}","exit-on-error":false}""");
        return process;
    }

    private static JsonObject Describe(QemuSource source, string version, string[] globals)
    {
        string[] arguments = ["-M", "none,memory-backend=m0", "-m", $"{Megabytes}M", .. globals];
        JsonObject on = [];
        foreach (JsonNode? capability in source.Qmp.Run("query-migrate-capabilities").AsArray())
            on[(string)capability!["capability"]!] = (bool)capability["state"]!;
        return new()
        {
            ["qemu"] = version,
            ["machine"] = "none",
            ["mem"] = Megabytes << 20,
            ["pattern"] = "every second page a text of its own, the others zero",
            ["transport"] = "proxy",
            ["src_args"] = new JsonArray([.. arguments.Select(argument => (JsonNode)argument)]),
            ["dst_args"] = new JsonArray([.. arguments.Select(argument => (JsonNode)argument)]),
            ["capabilities"] = on,
            ["parameters"] = source.Qmp.Run("query-migrate-parameters").DeepClone(),
        };
    }

    private void Keep(string name, string version)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_CORPUS") != version)
            return;
        string folder = Path.Combine(Capture.Root, "corpus", "qemu", version, name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Folder["recording"]))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
    }
}
