using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Interop.Tests;

/// <summary>A real QEMU migrates into <c>incoming serve</c> over TLS.</summary>
public sealed class TlsMigrationTests : IDisposable
{
    private const int Megabytes = 64;
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();

    public TlsMigrationTests()
    {
        using X509Certificate2 server = _authority.Issue("server");
        using X509Certificate2 client = _authority.Issue("client");
        _authority.Write(_folder["tls"], server, client);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
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
        using QemuSource source = Source(version, _folder["tls"]);
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
        Assert.True(
            File.ReadAllBytes(source.RamFile).AsSpan().SequenceEqual(File.ReadAllBytes(_folder["ram"])), "the RAM files differ");
    }

    [SkippableTheory]
    [EachQemu("no certificate")]
    [EachQemu("wrong host name")]
    [EachQemu("no TLS")]
    public void Source_that_is_refused_or_refuses_goes_on_and_another_one_arrives(string version, string what)
    {
        string tls = _folder["tls"];
        if (what == "no certificate")
            _authority.Write(tls = _folder["bare"]);
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

        using QemuSource source = Source(version, _folder["tls"]);
        source.Qmp.SwitchOn("return-path");
        source.Set("""{"tls-creds":"tls0"}""");
        source.Migrate(uri);
        Assert.Equal("completed", (string?)source.WaitForEnd()["status"]);
        destination.WaitForStatus("completed");
    }

    private QemuSource Source(string version, string tls)
    {
        byte[] ram = new byte[Megabytes << 20];
        for (int page = 0; page < ram.Length; page += 8192)
            RandomNumberGenerator.Fill(ram.AsSpan(page, 512));
        File.WriteAllBytes(_folder["source-ram"], ram);
        return new(
            EachQemuAttribute.Require(version), _folder, "none", Megabytes, "-object", $"tls-creds-x509,id=tls0,dir={tls},endpoint=client");
    }

    private TestProcess Serve(params string[] arguments) => TestProcess.Incoming(
        [
            "serve", "--block", $"m0={Megabytes}M", "--memory-file", _folder["ram"], "--qmp", $"unix:{_folder["qmp"]}", "--capability", "events",
            "--object", $"tls-creds-x509,id=tls0,dir={_folder["tls"]},endpoint=server,verify-peer=on", "--parameter", "tls-creds=tls0",
            .. arguments,
        ]);

    private QmpClient Listen(TestProcess process, string transport, out string uri)
    {
        QmpClient qmp = QmpClient.ConnectAndNegotiate(_folder["qmp"], process);
        uri = transport == "unix" ? $"unix:{_folder["mig"]}" : "tcp:127.0.0.1:0";
        qmp.Run("migrate-incoming", $$"""{"uri":"{{uri}}","exit-on-error":false}""");
        if (transport == "tcp")
            uri = $"tcp:127.0.0.1:{(string?)qmp.Run("query-migrate")["socket-address"]![0]!["port"]}";
        return qmp;
    }
}
