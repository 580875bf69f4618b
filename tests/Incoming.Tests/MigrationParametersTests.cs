using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination;
using TestKit;

namespace Incoming.Tests;

/// <summary>The parameters of a real QEMU 10.0.2, with its texts.</summary>
public sealed class MigrationParametersTests
{
    private readonly MigrationParameters _parameters = new();

    [Fact]
    public void Defaults_are_those_of_a_real_source()
    {
        JsonObject real = JsonNode.Parse(Capture.Open("none-mix").Meta.GetProperty("parameters").GetRawText())!.AsObject();
        JsonObject ours = JsonNode.Parse(Written())!.AsObject();

        Assert.All(real, p => Assert.Equal(p.Value!.ToJsonString(), ours[p.Key]!.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"multifd-channels":0}""", "Parameter 'multifd_channels' expects a value between 1 and 255")]
    [InlineData("""{"multifd-channels":256}""", "Parameter 'multifd-channels' expects uint8_t")]
    [InlineData("""{"multifd-channels":-2}""", "Parameter 'multifd-channels' expects uint8_t")]
    [InlineData("""{"multifd-channels":"x"}""", "Parameter 'multifd-channels' expects uint64")]
    [InlineData("""{"multifd-channels":1.5}""", "Parameter 'multifd-channels' expects uint64")]
    [InlineData("""{"multifd-channels":1e1}""", "Parameter 'multifd-channels' expects uint64")]
    [InlineData("""{"max-bandwidth":18446744073709551616}""", "Parameter 'max-bandwidth' expects uint64")]
    [InlineData("""{"x-checkpoint-delay":4294967296}""", "Parameter 'x-checkpoint-delay' expects uint32_t")]
    [InlineData("""{"foo":1}""", "Parameter 'foo' is unexpected")]
    [InlineData("""{"foo":1,"multifd-channels":0}""", "Parameter 'foo' is unexpected")]
    [InlineData("""{"multifd-compression":"lzo"}""", "Parameter 'multifd-compression' does not accept value 'lzo'")]
    [InlineData("""{"multifd-compression":1}""", "Invalid parameter type for 'multifd-compression', expected: string")]
    [InlineData(
        """{"downtime-limit":2000001}""", "Parameter 'downtime_limit' expects an integer in the range of 0 to (2000 * 1000) ms")]
    [InlineData("""{"cpu-throttle-initial":0}""", "Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99")]
    [InlineData("""{"throttle-trigger-threshold":0}""", "Parameter 'throttle_trigger_threshold' expects an integer in the range of 1 to 100")]
    [InlineData("""{"max-cpu-throttle":5}""", "Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99")]
    [InlineData(
        """{"xbzrle-cache-size":5000}""", "Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size")]
    [InlineData("""{"announce-step":0}""", "Parameter 'announce_step' expects a value between 0 and 10000")]
    [InlineData("""{"announce-max":100001}""", "Parameter 'announce_max' expects a value between 0 and 100000")]
    [InlineData("""{"x-vcpu-dirty-limit-period":0}""", "Parameter 'x-vcpu-dirty-limit-period' expects a value between 1 and 1000")]
    [InlineData("""{"x-rdma-chunk-size":5}""", "Option x_rdma_chunk_size expects a power of 2 in the range 1MiB to 1024MiB")]
    [InlineData("""{"cpr-exec-command":["a",1]}""", "Invalid parameter type for 'cpr-exec-command[1]', expected: string")]
    [InlineData("""{"compress-level":10}""", "Parameter 'compress_level' expects a value between 0 and 9")]
    [InlineData("""{"vcpu-dirty-limit":0}""", "Parameter 'vcpu_dirty_limit' must be greater than 1 MB/s")]
    [InlineData("""{"cpu-throttle-tailslow":1}""", "Invalid parameter type for 'cpu-throttle-tailslow', expected: boolean")]
    [InlineData("""{"tls-creds":5}""", "Invalid parameter type for 'tls-creds', expected: StrOrNull")]
    [InlineData("""{"block-bitmap-mapping":5}""", "Invalid parameter type for 'block-bitmap-mapping', expected: array")]
    [InlineData("""{"multifd-channels":255,"multifd-zlib-level":10}""", "Parameter 'multifd_zlib_level' expects a value between 0 and 9")]
    public void Refused_parameters_say_why_and_change_nothing(string members, string description)
    {
        string before = Written();

        Assert.Equal(description, Set(members));
        Assert.Equal(before, Written());
    }

    [Fact]
    public void Accepted_parameters_come_back()
    {
        Assert.Null(Set(
            """
            {"multifd-channels":255,"multifd-compression":"zstd","max-bandwidth":-1,"tls-hostname":"h","tls-creds":null,
             "direct-io":true,"block-bitmap-mapping":[],"cpr-exec-command":["qemu","-x"],"mode":"cpr-exec"}
            """));

        Assert.Equal(255, _parameters.MultifdChannels);
        Assert.Equal("zstd", _parameters.MultifdCompression);
        Assert.Equal(ulong.MaxValue, _parameters["max-bandwidth"]);
        Assert.Equal("h", _parameters["tls-hostname"]);
        Assert.Equal(true, _parameters["direct-io"]);
        Assert.Contains("\"block-bitmap-mapping\":[]", Written());
        Assert.Contains("\"cpr-exec-command\":[\"qemu\",\"-x\"]", Written());
    }

    [Theory]
    [InlineData("multifd-channels", "7", null)]
    [InlineData("direct-io", "on", null)]
    [InlineData("multifd-compression", "zlib", null)]
    [InlineData("cpr-exec-command", "qemu -x", null)]
    [InlineData("multifd-channels", "many", "Parameter 'multifd-channels' expects uint64")]
    [InlineData("direct-io", "maybe", "Invalid parameter type for 'direct-io', expected: boolean")]
    [InlineData("no-such", "1", "Parameter 'no-such' is unexpected")]
    public void Command_line_values_are_read_by_the_parameters_type(string name, string value, string? error)
    {
        Assert.Equal(error, _parameters.TrySet(name, value));
    }

    private string? Set(string members)
    {
        using JsonDocument document = JsonDocument.Parse(members);
        return _parameters.TrySet(document.RootElement);
    }

    private string Written()
    {
        using MemoryStream json = new();
        using (Utf8JsonWriter writer = new(json))
            _parameters.WriteTo(writer);
        return Encoding.UTF8.GetString(json.ToArray());
    }
}
