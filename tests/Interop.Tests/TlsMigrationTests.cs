using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU migrates into <c>incoming serve</c> over TLS.</summary>
public sealed class TlsMigrationTests : MigrationFixture
{
    private const int Megabytes = 64;
    private readonly TestAuthority _authority = new();

    public TlsMigrationTests()
    {
        using X509Certificate2 server = _authority.Issue("server");
        using X509Certificate2 client = _authority.Issue("client");
        _authority.Write(Folder["tls"], server, client);
    }

    protected override void Dispose(bool disposing)
    {
        _authority.Dispose();
        base.Dispose(disposing);
    }

    [SkippableTheory]
    [EachQemu(0, "none", "tcp")]
    [EachQemu(0, "none", "unix")]
    [EachQemu(2, "none", "tcp")]
    [EachQemu(8, "none", "tcp")]
    [EachQemu(2, "zlib", "tcp")]
    [EachQemu(4, "zstd", "unix")]
    public void Machine_arrives_whole(string version, int channels, string compression, string transport)
    {
        using QemuSource source = Source(version, Folder["tls"]);
        using TestProcess process = Serve(
            "--parameter", $"multifd-channels={Math.Max(1, channels)}", "--parameter", $"multifd-compression={compression}",
            "--capability", channels > 0 ? "multifd" : "multifd=off");
        using QmpClient destination = Listen(process, transport, out string uri);
        source.Qmp.SwitchOn("return-path");
        if (channels > 0)
            source.Qmp.SwitchOn("multifd");
        source.Set($$"""
            {"tls-creds":"tls0","tls-hostname":"localhost","multifd-channels":{{Math.Max(1, channels)}},"multifd-compression":"{{compression}}"}
            """);

        source.Migrate(uri);

        JsonNode sent = source.WaitForEnd();
        Assert.Equal("completed", (string?)sent["status"]);
        destination.WaitForStatus("completed");
        JsonNode received = destination.Run("query-migrate");
        foreach (string figure in (string[])["normal", "duplicate", "transferred", "multifd-bytes", "remaining"])
            Assert.Equal((long)sent["ram"]![figure]!, (long)received["ram"]![figure]!);
        AssertSameRam(source);
    }

    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public void Postcopy_brings_the_rest(string version, bool preempt)
    {
        using QemuSource source = Source(version, Folder["tls"]);
        string[] preempting = preempt ? ["--capability", "postcopy-preempt"] : [];
        using TestProcess process = Serve(["--capability", "postcopy-ram", "--touch", "random:3,500", .. preempting]);
        using QmpClient destination = Listen(process, "tcp", out string uri);
        source.Qmp.SwitchOn("return-path");
        source.Qmp.SwitchOn("postcopy-ram");
        if (preempt)
            source.Qmp.SwitchOn("postcopy-preempt");
        source.Set($$"""{"tls-creds":"tls0","tls-hostname":"localhost","max-bandwidth":{{8 << 20}},"max-postcopy-bandwidth":{{8 << 20}}}""");

        source.Migrate(uri);
        source.WaitUntil(info => (string?)info["status"] == "active" && (long)info["ram"]!["transferred"]! > 1 << 20);
        source.Qmp.Run("migrate-start-postcopy");

        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        destination.WaitForStatus("completed");
        Assert.True((long)destination.Run("query-migrate")["ram"]!["postcopy-requests"]! > 0);
        AssertSameRam(source);
    }

    [SkippableTheory]
    [EachQemu("no certificate")]
    [EachQemu("wrong host name")]
    [EachQemu("no TLS")]
    public void Source_that_is_refused_or_refuses_goes_on_and_another_one_arrives(string version, string what)
    {
        string tls = Folder["tls"];
        if (what == "no certificate")
            _authority.Write(tls = Folder["bare"]);
        using TestProcess process = Serve();
        using QmpClient destination = Listen(process, "tcp", out string uri);
        using (QemuSource refused = Source(version, tls))
        {
            refused.Qmp.SwitchOn("return-path");
            if (what != "no TLS")
                refused.Set($$"""{"tls-creds":"tls0","tls-hostname":"{{(what == "wrong host name" ? "elsewhere" : "localhost")}}"}""");
            refused.Migrate(uri);
            Assert.Equal("failed", (string?)refused.WaitForEnd()["status"]);
            Assert.Equal("setup", (string?)destination.Run("query-migrate")["status"]);
        }

        using QemuSource source = Source(version, Folder["tls"]);
        source.Qmp.SwitchOn("return-path");
        source.Set("""{"tls-creds":"tls0"}""");
        source.Migrate(uri);
        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        destination.WaitForStatus("completed");
    }

    private QemuSource Source(string version, string tls)
    {
        FillRam(Megabytes);
        return new(
            EachQemuAttribute.Require(version), Folder, "none", Megabytes, "-object", $"tls-creds-x509,id=tls0,dir={tls},endpoint=client");
    }

    private TestProcess Serve(params string[] arguments) => TestProcess.Incoming(
        [
            "serve", "--block", $"m0={Megabytes}M", "--memory-file", Folder["ram"], "--qmp", $"unix:{Folder["qmp"]}", "--capability", "events",
            "--object", $"tls-creds-x509,id=tls0,dir={Folder["tls"]},endpoint=server,verify-peer=on", "--parameter", "tls-creds=tls0",
            .. arguments,
        ]);
}
