using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU goes on in postcopy into <c>incoming serve</c>: its guest's RAM arrives whole, also when the connection is lost.</summary>
public sealed class PostcopyMigrationTests : MigrationFixture
{
    private const int Megabytes = 32;

    // A source that sends so slowly that there is time to do things meanwhile.
    private const int SlowBytesPerSecond = 4 << 20;

    [SkippableTheory]
    [EachQemu(false, false)]
    [EachQemu(true, false)]
    [EachQemu(true, true)]
    public void Guest_that_touches_pages_arrives_whole(string version, bool preempt, bool old)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(
            qemu, Folder, "none", Megabytes, old ? ["-global", "migration.x-preempt-pre-7-2=on"] : []);
        using TestProcess process = Serve(preempt, "--touch", "random:7,500", "--capability", "postcopy-blocktime");
        using QmpClient destination = Listen(process, "unix", out string uri);
        Prepare(source, preempt);

        StartPostcopy(source, uri, destination);
        // Behind the front of what the source sends by itself.
        destination.Run("x-touch", $$"""{"block":"m0","offset":{{(Megabytes - 1) << 20}},"length":{{1 << 20}}}""");

        JsonNode sent = source.WaitForEnd();
        Assert.Equal("completed", (string?)sent["status"]);
        destination.WaitForStatus("completed");
        JsonNode received = destination.Run("query-migrate");
        foreach (string figure in (string[])["normal", "duplicate", "remaining", "total", "postcopy-bytes"])
            Assert.Equal((long)sent["ram"]![figure]!, (long)received["ram"]![figure]!);
        // The source counts its package twice (L18).
        Assert.True((long)sent["ram"]!["transferred"]! > (long)received["ram"]!["transferred"]!);
        Assert.True((long)received["ram"]!["postcopy-requests"]! > 0);
        Assert.Equal(preempt, (long)received["ram"]!["urgent-pages"]! > 0);
        Assert.True((long)received["postcopy-latency"]! > 0);
        Assert.Single(received["postcopy-vcpu-blocktime"]!.AsArray());
        AssertOneRunner(source, destination);
        AssertSameRam(source);
    }

    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public void Source_that_is_lost_comes_back_twice(string version, bool preempt)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(preempt, "--touch", "random:7,500");
        using QmpClient destination = Listen(process, "unix", out string uri);
        Prepare(source, preempt);
        source.Set("""{"max-postcopy-bandwidth":1048576}""");
        StartPostcopy(source, uri, destination);

        destination.Run("migrate-pause");
        Recover(source, destination, 1);
        // The other end of the connection.
        source.Qmp.Run("migrate-pause");
        Recover(source, destination, 2);
        source.Set("""{"max-postcopy-bandwidth":0}""");

        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        destination.WaitForStatus("completed");
        JsonNode received = destination.Run("query-migrate");
        Assert.Equal((2, 0), ((int)received["recoveries"]!, (int)received["ram"]!["remaining"]!));
        AssertOneRunner(source, destination);
        AssertSameRam(source);
    }

    // QEMU has no postcopy with multifd before.
    [SkippableTheory]
    [EachQemu(From = 11)]
    public void Multifd_brings_the_first_pages_and_main_the_rest(string version)
    {
        RealQemu qemu = EachQemuAttribute.Require(version);
        FillRam(Megabytes);
        using QemuSource source = new(qemu, Folder, "none", Megabytes);
        using TestProcess process = Serve(false, "--touch", "random:7,500", "--capability", "multifd");
        using QmpClient destination = Listen(process, "unix", out string uri);
        source.Qmp.SwitchOn("multifd");
        Prepare(source, preempt: false);

        StartPostcopy(source, uri, destination);

        JsonNode sent = source.WaitForEnd();
        Assert.Equal("completed", (string?)sent["status"]);
        destination.WaitForStatus("completed");
        JsonNode received = destination.Run("query-migrate");
        foreach (string figure in (string[])["normal", "duplicate", "multifd-bytes", "remaining"])
            Assert.Equal((long)sent["ram"]![figure]!, (long)received["ram"]![figure]!);
        AssertOneRunner(source, destination);
        AssertSameRam(source);
    }

    private static void AssertOneRunner(QemuSource source, QmpClient destination)
    {
        Assert.False((bool)source.Qmp.Run("query-status")["running"]!);
        Assert.True((bool)destination.Run("query-status")["running"]!);
    }

    private static void Prepare(QemuSource source, bool preempt)
    {
        source.Qmp.SwitchOn("postcopy-ram");
        source.Qmp.SwitchOn("return-path");
        if (preempt)
            source.Qmp.SwitchOn("postcopy-preempt");
        source.Set($$"""{"max-bandwidth":{{SlowBytesPerSecond}},"max-postcopy-bandwidth":{{SlowBytesPerSecond}}}""");
    }

    private static void StartPostcopy(QemuSource source, string uri, QmpClient destination)
    {
        source.Migrate(uri);
        source.WaitUntil(info => (string?)info["status"] == "active" && (long)info["ram"]!["transferred"]! > 1 << 20);
        source.Qmp.Run("migrate-start-postcopy");
        Patience.Until(
            () => (bool)destination.Run("query-status")["running"]! || (string?)destination.Run("query-migrate")["status"] is "failed",
            "the guest does not start");
    }

    private void Recover(QemuSource source, QmpClient destination, int number)
    {
        JsonNode lost = source.WaitUntil(info => (string?)info["status"] == "postcopy-paused");
        Assert.True((string?)lost["status"] == "postcopy-paused", lost.ToJsonString() + destination.Run("query-migrate").ToJsonString());
        WaitUntil(destination, "postcopy-paused");
        string uri = $"unix:{Folder[$"recover{number}"]}";
        destination.Run("migrate-recover", $$"""{"uri":"{{uri}}"}""");
        // QEMU says that it is paused a moment before it can resume.
        Patience.Until(
            () => source.Qmp.Ask("migrate", $$"""{"uri":"{{uri}}","resume":true}""")["return"] is not null, "the source does not resume");
        WaitUntil(destination, "postcopy-active");
        source.WaitUntil(info => (string?)info["status"] == "postcopy-active");
    }

    private static void WaitUntil(QmpClient destination, string status) => Patience.Until(
        () => (string?)destination.Run("query-migrate")["status"] == status, $"the destination does not become {status}");

    private TestProcess Serve(bool preempt, params string[] arguments) => TestProcess.Incoming(
    [
        "serve", "--memory-file", Folder["ram"], "--qmp", $"unix:{Folder["qmp"]}", "--capability", "events", "--block", $"m0={Megabytes}M",
        "--capability", "postcopy-ram", .. preempt ? ["--capability", "postcopy-preempt"] : Array.Empty<string>(), .. arguments,
    ]);
}
