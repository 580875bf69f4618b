using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Processes;

namespace Incoming.Tests;

/// <summary>Objects <c>tls-creds-x509</c>, over QMP and on the command line: what is refused, and in which words.</summary>
public sealed class TlsCredentialsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestAuthority _authority = new();

    public TlsCredentialsTests()
    {
        using X509Certificate2 server = _authority.Issue("server");
        _authority.Write(_folder["tls"], server);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    // The texts are QEMU 10.0.2's.
    [Fact]
    public void Objects_are_refused_in_qemus_words()
    {
        using TestProcess process = TestProcess.Incoming("serve", "--block", "m0=2M", "--qmp", $"unix:{_folder["qmp"]}");
        using QmpClient qmp = QmpClient.ConnectAndNegotiate(_folder["qmp"], process);
        string tls = _folder["tls"];
        (string Arguments, string Error)[] cases =
        [
            ("{}", "Parameter 'qom-type' is missing"),
            ("""{"qom-type":"bogus","id":"a"}""", "Parameter 'qom-type' does not accept value 'bogus'"),
            ($$"""{"qom-type":"tls-creds-x509","dir":"{{tls}}"}""", "Parameter 'id' is missing"),
            ($$"""{"qom-type":"tls-creds-x509","id":"1a","dir":"{{tls}}"}""", "Parameter 'id' expects an identifier"),
            ("""{"qom-type":"tls-creds-x509","id":"a"}""", "Missing 'dir' property value"),
            ("""{"qom-type":"tls-creds-x509","id":"a","dir":3}""", "Invalid parameter type for 'dir', expected: string"),
            ("""{"qom-type":"tls-creds-x509","id":"a","verify-peer":"on"}""", "Invalid parameter type for 'verify-peer', expected: boolean"),
            ("""{"qom-type":"tls-creds-x509","id":"a","endpoint":"x"}""", "Parameter 'endpoint' does not accept value 'x'"),
            ("""{"qom-type":"tls-creds-x509","id":"a","x":1}""", "Parameter 'x' is unexpected"),
            ("""{"qom-type":"tls-creds-x509","id":"a","dir":"/no/such"}""",
                "Unable to access credentials /no/such/ca-cert.pem: No such file or directory"),
        ];
        foreach ((string arguments, string error) in cases)
            Assert.Equal(error, qmp.Refuse("object-add", arguments));
        string add = $$"""{"qom-type":"tls-creds-x509","id":"a","dir":"{{tls}}","endpoint":"server"}""";
        qmp.Run("object-add", add);
        Assert.Equal("attempt to add duplicate property 'a' to object (type 'container')", qmp.Refuse("object-add", add));
        Assert.Equal("object 'b' not found", qmp.Refuse("object-del", """{"id":"b"}"""));
        Assert.Equal("Parameter 'id' is missing", qmp.Refuse("object-del"));
        qmp.Run("object-del", """{"id":"a"}""");
        qmp.Run("object-add", add);
    }

    public static TheoryData<string, string> BadFolders => new()
    {
        { "no ca-cert.pem", "Unable to access credentials {0}/ca-cert.pem: No such file or directory" },
        { "no server-cert.pem", "Unable to access credentials {0}/server-cert.pem: No such file or directory" },
        { "no server-key.pem", "Unable to access credentials {0}/server-key.pem: No such file or directory" },
        { "garbage in ca-cert.pem", "Unable to import CA certificate list {0}/ca-cert.pem" },
        { "garbage in server-cert.pem", "Unable to import server certificate {0}/server-cert.pem" },
        { "garbage in server-key.pem", "Cannot load certificate '{0}/server-cert.pem' & key '{0}/server-key.pem': " },
        { "garbage in ca-crl.pem", "Cannot load CRL '{0}/ca-crl.pem': " },
        { "another's key", "Cannot load certificate '{0}/server-cert.pem' & key '{0}/server-key.pem': " },
        { "an expired server", "The server certificate {0}/server-cert.pem has expired" },
        { "a server of tomorrow", "The server certificate {0}/server-cert.pem is not yet active" },
        { "an expired authority", "The CA certificate {0}/ca-cert.pem has expired" },
        { "an authority as server", "The certificate {0}/server-cert.pem basic constraints show a CA, but we need one for a server" },
        { "a server as authority", "The certificate {0}/ca-cert.pem basic constraints do not show a CA" },
        { "another authority's server", "Our own certificate {0}/server-cert.pem failed validation against {0}/ca-cert.pem: The certificate hasn't got a known issuer" },
    };

    [Theory]
    [MemberData(nameof(BadFolders))]
    public void Folder_that_cannot_serve_is_refused_at_the_start(string what, string error)
    {
        string folder = _folder["bad"];
        Spoil(folder, what);

        using TestProcess process = TestProcess.Incoming(
            "serve", "--block", "m0=2M", "--object", $"tls-creds-x509,id=tls0,dir={folder},endpoint=server");

        TestProcess.Result result = process.Wait();
        Assert.Equal(64, result.ExitCode);
        Assert.Contains(string.Format(System.Globalization.CultureInfo.InvariantCulture, error, folder), result.Errors);
    }

    [Theory]
    [InlineData("tls-creds-x509,id=a,dir={0},endpoint=server,verify-peer=maybe", "Parameter 'verify-peer' expects 'on' or 'off'")]
    [InlineData("tls-creds-x509,id=a,dir=/with,,comma,endpoint=server", "/with,comma/ca-cert.pem")]
    [InlineData("tls-creds-x509,id=a,dir={0},endpoint=server,priority=NORMAL", "'priority' is not supported")]
    [InlineData("tls-creds-x509,id=a,dir={0},endpoint=server,passwordid=sec0", "'passwordid' is not supported")]
    [InlineData("tls-creds-x509,id=a,dir", "'dir' is no NAME=VALUE")]
    [InlineData("tls-creds-psk,id=a,dir={0}", "Parameter 'qom-type' does not accept value 'tls-creds-psk'")]
    [InlineData("""{"qom-type":"tls-creds-x509","id":"a","dir":"/json"}""", "/json/ca-cert.pem")]
    [InlineData("""{"qom-type":"tls""", "--object")]
    public void Object_on_the_command_line_is_refused_with_the_reason(string option, string error)
    {
        using TestProcess process = TestProcess.Incoming(
            "serve", "--block", "m0=2M", "--object", option.Replace("{0}", _folder["tls"], StringComparison.Ordinal));

        TestProcess.Result result = process.Wait();
        Assert.Equal(64, result.ExitCode);
        Assert.Contains(error, result.Errors);
    }

    private void Spoil(string folder, string what)
    {
        using TestAuthority other = new("other", what == "an expired authority" ? "2005-01-01" : "2100-01-01");
        TestAuthority authority = what == "an expired authority" ? other : _authority;
        using X509Certificate2 server = what switch
        {
            "an expired server" => authority.Issue("server", "2001-01-01", "2002-01-01"),
            "an expired authority" => authority.Issue("server", "2001-01-01", "2004-01-01"),
            "a server of tomorrow" => authority.Issue("server", "2098-01-01"),
            "an authority as server" => authority.Issue("server", isAuthority: true),
            "another authority's server" => other.Issue("server"),
            _ => authority.Issue("server"),
        };
        authority.Write(folder, server);
        if (what == "a server as authority")
            File.Copy(Path.Combine(folder, "server-cert.pem"), Path.Combine(folder, "ca-cert.pem"), overwrite: true);
        if (what == "an expired authority")
        {
            // Its server has expired too, which is found first: a good one takes its place.
            using X509Certificate2 good = _authority.Issue("server");
            _authority.Write(_folder["good"], good);
            foreach (string file in (string[])["server-cert.pem", "server-key.pem"])
                File.Copy(Path.Combine(_folder["good"], file), Path.Combine(folder, file), overwrite: true);
        }
        if (what == "another's key")
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(Path.Combine(folder, "server-key.pem"), key.ExportPkcs8PrivateKeyPem());
        }
        if (what.StartsWith("no ", StringComparison.Ordinal))
            File.Delete(Path.Combine(folder, what[3..]));
        if (what.StartsWith("garbage in ", StringComparison.Ordinal))
            File.WriteAllText(Path.Combine(folder, what[11..]), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    }
}
