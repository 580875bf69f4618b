using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU migrates into <c>incoming serve</c>: RAM, counters and both sides' ends are compared.</summary>
public sealed class LiveMigrationTests : MigrationFixture
{
    private const int Megabytes = 64;

    [SkippableTheory]
    [EachQemu("unix", false)]
    [EachQemu("unix", true)]
    [EachQemu("tcp", false)]
    [EachQemu("tcp", true)]
    public void Empty_machine_arrives_whole(string version, string transport, bool returnPath)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve("--block", $"m0={Megabytes}M");
        using QmpClient destination = Listen(process, transport, out string uri);
        if (returnPath)
            source.Qmp.SwitchOn("return-path");

        source.Migrate(uri);

        Compare(source, destination);
    }

    [SkippableTheory]
    [EachQemu(1, "none", "multifd")]
    [EachQemu(2, "none", "multifd")]
    [EachQemu(2, "none", "legacy")]
    [EachQemu(2, "none", "none")]
    [EachQemu(2, "zlib", "multifd")]
    [EachQemu(2, "zstd", "multifd")]
    [EachQemu(4, "none", "multifd")]
    [EachQemu(4, "zlib", "legacy")]
    [EachQemu(4, "zstd", "none")]
    [EachQemu(8, "none", "multifd")]
    [EachQemu(8, "zlib", "multifd")]
    [EachQemu(8, "zstd", "multifd")]
    public void Multifd_channels_bring_the_machine_whole(string version, int channels, string compression, string zeroPages)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(
            "--block", $"m0={Megabytes}M", "--capability", "multifd", "--parameter", $"multifd-channels={channels}",
            "--parameter", $"multifd-compression={compression}");
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("return-path");
        source.Qmp.SwitchOn("multifd");
        source.Set($$"""
            {"multifd-channels":{{channels}},"multifd-compression":"{{compression}}","zero-page-detection":"{{zeroPages}}"}
            """);

        source.Migrate(uri);

        (JsonNode sent, JsonNode received) = Compare(source, destination);
        Assert.Equal((long)sent["ram"]!["multifd-bytes"]!, (long)received["ram"]!["multifd-bytes"]!);
        Assert.True((long)received["ram"]!["multifd-bytes"]! > 0);
    }

    // The machine none has no version that says whether the source waits for a SWITCHOVER_ACK (deviation ACK).
    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public void Switchover_that_waits_for_an_ack_or_for_none_leaves_one_runner(string version, bool multifd)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(
            [
                "--block", $"m0={Megabytes}M", "--capability", "switchover-ack", "--capability", "return-path",
                .. multifd ? ["--capability", "multifd"] : Array.Empty<string>(),
            ]);
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("return-path");
        source.Qmp.SwitchOn("switchover-ack");
        if (multifd)
            source.Qmp.SwitchOn("multifd");

        source.Migrate(uri);

        Compare(source, destination);
        Assert.False((bool)source.Qmp.Run("query-status")["running"]!);
        Assert.True((bool)destination.Run("query-status")["running"]!);
    }

    // The advice that postcopy may follow, and none does.
    [SkippableTheory]
    [EachQemu(false, false)]
    [EachQemu(true, false)]
    [EachQemu(true, true)]
    public void Source_that_may_do_postcopy_and_does_not_completes(string version, bool returnPath, bool preempt)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(
            [
                "--block", $"m0={Megabytes}M", "--capability", "postcopy-ram",
                .. preempt ? ["--capability", "postcopy-preempt"] : Array.Empty<string>(),
            ]);
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("postcopy-ram");
        if (returnPath)
            source.Qmp.SwitchOn("return-path");
        if (preempt)
            source.Qmp.SwitchOn("postcopy-preempt");

        source.Migrate(uri);

        Compare(source, destination);
    }

    // Without a memory file each channel reads into guest memory itself.
    [SkippableTheory]
    [EachQemu(2)]
    [EachQemu(4)]
    public void Multifd_channels_bring_the_machine_whole_into_private_memory(string version, int channels)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = TestProcess.Incoming(
            "serve", "--qmp", $"unix:{Folder["qmp"]}", "--capability", "events", "--block", $"m0={Megabytes}M",
            "--capability", "multifd", "--parameter", $"multifd-channels={channels}");
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("return-path");
        source.Qmp.SwitchOn("multifd");
        source.Set($$"""{"multifd-channels":{{channels}}}""");

        source.Migrate(uri);

        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        destination.WaitForStatus("completed");
        byte[] ram = File.ReadAllBytes(source.RamFile);
        Assert.True(MappingsOf(process, ram.Length).Any(mapping => mapping.AsSpan(0, ram.Length).SequenceEqual(ram)), "the RAM differs");
    }

    [SkippableTheory]
    [EachQemu(false, 0)]
    [EachQemu(true, 0)]
    [EachQemu(false, 0x1000)]
    [EachQemu(true, 0x1001000)]
    public void Mapped_ram_file_brings_the_machine_whole(string version, bool multifd, int offset)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(
            [
                "--block", $"m0={Megabytes}M", "--capability", "mapped-ram",
                .. multifd ? ["--capability", "multifd"] : Array.Empty<string>(),
            ]);
        using QmpClient destination = QmpClient.ConnectAndNegotiate(Folder["qmp"], process);
        source.Qmp.SwitchOn("mapped-ram");
        if (multifd)
            source.Qmp.SwitchOn("multifd");
        string uri = $"file:{Folder["vm"]},offset={offset}";
        source.Migrate(uri);
        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);

        destination.Run("migrate-incoming", $$"""{"uri":"{{uri}}","exit-on-error":false}""");

        Compare(source, destination);
    }

    [SkippableTheory]
    [EachQemu]
    public void Machine_with_its_default_network_arrives(string version)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes, "-nic", "user");
        using TestProcess process = Serve("--block", $"m0={Megabytes}M");
        using QmpClient destination = Listen(process, "unix", out string uri);

        source.Migrate(uri);

        Compare(source, destination);
    }

    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public void Guest_that_dirties_its_ram_arrives_whole(string version, bool xbzrle)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        File.WriteAllBytes(Folder["boot"], BootSector.Image());
        using QemuSource source = new(
            qemu, Folder, "pc", 16, "-accel", "tcg", "-drive", $"if=none,id=d0,format=raw,snapshot=on,file={Folder["boot"]}",
            "-device", "ide-hd,drive=d0");
        WaitForGuest(source);
        File.WriteAllText(Folder["pc.json"], Describe(source));
        using TestProcess process = Serve("--machine", Folder["pc.json"]);
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.Run("cont");
        source.Qmp.SwitchOn("return-path");
        if (xbzrle)
            source.Qmp.SwitchOn("xbzrle");
        // Nothing is small enough for a switchover until the limits are lifted. The source measures every 100 ms: a pass must take
        // longer, whether it sends pages or deltas, or it finds nothing dirty at its end.
        int bandwidth = xbzrle ? 1 << 20 : 4 << 20;
        source.Set($$"""{"downtime-limit":1,"avail-switchover-bandwidth":4000,"max-bandwidth":{{bandwidth}}}""");

        source.Migrate(uri);
        source.WaitUntil(info => (long?)info["ram"]?["dirty-sync-count"] >= 6);
        source.Set("""{"downtime-limit":2000,"avail-switchover-bandwidth":0,"max-bandwidth":0}""");

        (JsonNode sent, JsonNode received) = Compare(source, destination);
        Assert.InRange((long)received["ram"]!["normal"]! + (long)received["ram"]!["xbzrle-pages"]!, 128 * 2, long.MaxValue);
        if (!xbzrle)
            return;
        Assert.Equal((long)sent["xbzrle-cache"]!["bytes"]!, (long)received["ram"]!["xbzrle-bytes"]!);
        Assert.InRange((long)received["ram"]!["xbzrle-pages"]!, 128, (long)sent["xbzrle-cache"]!["pages"]!);
    }

    [SkippableTheory]
    [EachQemu]
    public void Source_goes_on_when_the_destination_refuses_its_machine(string version)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve("--block", $"m0={Megabytes / 2}M");
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("return-path");

        source.Migrate(uri);

        destination.WaitForStatus("failed");
        Assert.Contains("block 'm0'", (string?)destination.Run("query-migrate")["error-desc"]);
        Assert.Equal("failed", (string?)source.WaitForEnd()["status"]);
    }

    // The two sides agree on everything that both can know.
    private (JsonNode Sent, JsonNode Received) Compare(QemuSource source, QmpClient destination)
    {
        JsonNode sent = source.WaitForEnd();
        Assert.Equal("completed", (string?)sent["status"]);
        destination.WaitForStatus("completed");
        JsonNode received = destination.Run("query-migrate");
        foreach (string figure in (string[])["normal", "duplicate", "transferred", "normal-bytes", "total", "remaining", "page-size"])
            Assert.Equal((long)sent["ram"]![figure]!, (long)received["ram"]![figure]!);
        Assert.True((bool)destination.Run("query-status")["running"]!);
        Assert.Equal("postmigrate", (string?)source.Qmp.Run("query-status")["status"]);
        AssertSameRam(source);
        return (sent, received);
    }

    // The content of a process's mappings that are large enough and not much larger: its guest's RAM is one of them.
    private static IEnumerable<byte[]> MappingsOf(TestProcess process, int lengthBytes)
    {
        using FileStream memory = new($"/proc/{process.Id}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (string line in File.ReadLines($"/proc/{process.Id}/maps"))
        {
            string[] ends = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            long start = Convert.ToInt64(ends[0], 16);
            long length = Convert.ToInt64(ends[1], 16) - start;
            if (!line.Contains("rw-p 00000000 00:00 0", StringComparison.Ordinal) || length < lengthBytes || length > 2L * lengthBytes)
                continue;
            byte[] content = new byte[length];
            memory.Position = start;
            memory.ReadExactly(content);
            yield return content;
        }
    }

    private TestProcess Serve(params string[] arguments) => TestProcess.Incoming(
        ["serve", "--memory-file", Folder["ram"], "--qmp", $"unix:{Folder["qmp"]}", "--capability", "events", .. arguments]);

    // The firmware writes here too, but only the guest goes on for ever.
    private static void WaitForGuest(QemuSource source)
    {
        const int Changes = 10;
        using FileStream ram = new(source.RamFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        int before = 0;
        int changes = 0;
        Patience.Until(HasChanged, "the guest does not write");

        bool HasChanged()
        {
            ram.Position = BootSector.LastDirtiedPage;
            int now = ram.ReadByte();
            changes += now == before ? 0 : 1;
            before = now;
            return changes == Changes;
        }
    }

    // The same QEMU tells what machine it is, in a stream to a file.
    private string Describe(QemuSource source)
    {
        source.Migrate($"file:{Folder["pc.stream"]}");
        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        using TestProcess describe = TestProcess.Incoming("describe", Folder["pc.stream"]);
        TestProcess.Result result = describe.Wait();
        Assert.Equal(0, result.ExitCode);
        return result.Output;
    }
}
