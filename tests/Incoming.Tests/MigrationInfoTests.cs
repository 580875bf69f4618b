using System.Text.Json;
using System.Text.Json.Nodes;
using Qemu.Migration.Destination.Qapi;
using TestKit;

namespace Incoming.Tests;

/// <summary>What query-migrate says in each state (stream reference, sections 7.3 and 8.5).</summary>
public sealed class MigrationInfoTests
{
    private static readonly SocketAddress[] Listening = [new() { Type = "inet", Host = "127.0.0.1", Port = "4444", IPv4 = true }];

    [Fact]
    public async Task Members_of_each_state()
    {
        Capture capture = Capture.Open("pc-xbzrle");
        byte[] stream = capture.MainStream();
        using TestKit.Destination destination = new(capture.Machine(stream), capture.Capabilities());
        Assert.Equal("{}", Info(null).ToJsonString());
        Assert.Equal("{}", Info(destination).ToJsonString());

        destination.Migration.TryBegin();
        Assert.Equal(
            """{"status":"setup","socket-address":[{"type":"inet","host":"127.0.0.1","port":"4444","ipv4":true}]}""",
            Info(destination).ToJsonString());

        destination.Environment.Time.NowNanoseconds += 3_000_000;
        List<string> during = [];
        destination.Environment.AtPoint = _ =>
        {
            destination.Environment.Time.NowNanoseconds += 5_000_000;
            during.Add(Info(destination).ToJsonString());
        };
        await destination.Migration.AttachAsync(new ArrayChannel(stream, Delivery.Lent));
        JsonNode active = JsonNode.Parse(during[0])!;
        Assert.Equal("active", (string?)active["status"]);
        Assert.Equal(["status", "total-time", "setup-time", "ram", "socket-address"], active.AsObject().Select(m => m.Key));
        Assert.InRange((long)active["ram"]!["remaining"]!, 0, (long)active["ram"]!["total"]! - 1);

        JsonNode completed = Info(destination);
        Assert.Equal(["status", "total-time", "setup-time", "ram"], completed.AsObject().Select(m => m.Key));
        Assert.Equal(3, (long)completed["setup-time"]!);
        JsonNode ram = completed["ram"]!;
        Assert.Equal((long)ram["normal"]! * 4096, (long)ram["normal-bytes"]!);
        Assert.Equal(0, (long)ram["remaining"]!);
        Assert.Equal(capture.SourceRam.GetProperty("normal").GetInt64(), (long)ram["normal"]!);
        Assert.Equal(capture.SourceRam.GetProperty("duplicate").GetInt64(), (long)ram["duplicate"]!);
        Assert.Equal(
            capture.Meta.GetProperty("source_query_migrate").GetProperty("xbzrle-cache").GetProperty("bytes").GetInt64(),
            (long)ram["xbzrle-bytes"]!);
        Assert.Null(completed["xbzrle-cache"]);

        destination.Environment.Time.NowNanoseconds += 1_000_000_000;
        Assert.Equal(completed.ToJsonString(), Info(destination).ToJsonString());
    }

    [Fact]
    public async Task Every_member_of_the_sources_ram_is_there_too()
    {
        Capture capture = Capture.Open("none-mix");
        byte[] stream = capture.MainStream();
        using TestKit.Destination destination = new(capture.Machine(stream));
        await destination.LoadAsync(stream);

        Assert.Subset(
            Info(destination)["ram"]!.AsObject().Select(m => m.Key).ToHashSet(),
            capture.SourceRam.EnumerateObject().Select(m => m.Name).ToHashSet());
    }

    [Fact]
    public async Task Failure_keeps_its_figures_and_says_why()
    {
        Capture capture = Capture.Open("none-mix");
        byte[] stream = capture.MainStream();
        using TestKit.Destination destination = new(capture.Machine(stream));
        await destination.LoadAsync(stream[..1_000_000]);

        JsonNode failed = Info(destination);
        Assert.Equal(["status", "total-time", "setup-time", "ram", "error-desc"], failed.AsObject().Select(m => m.Key));
        Assert.Equal("failed", (string?)failed["status"]);
        Assert.Contains("1000000", (string?)failed["error-desc"]);
        Assert.InRange((long)failed["ram"]!["normal"]!, 1, 1_000_000 / 4096);
    }

    [Fact]
    public async Task Failure_before_any_channel_has_no_figures()
    {
        using TestKit.Destination destination = new(Capture.Open("none-mix").Machine(Capture.Open("none-mix").MainStream()));
        destination.Migration.TryBegin();
        await destination.Migration.FailAsync("there was nobody");

        Assert.Equal(["status", "error-desc"], Info(destination).AsObject().Select(m => m.Key));
    }

    private static JsonNode Info(TestKit.Destination? destination) =>
        JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(
            MigrationInfo.From(destination?.Migration.State, Listening), QapiJsonContext.Default.MigrationInfo))!;
}
