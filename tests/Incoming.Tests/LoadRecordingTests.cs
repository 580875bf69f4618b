using System.Text.Json.Nodes;
using Processes;
using TestKit;
using ZstdSharp;

namespace Incoming.Tests;

/// <summary><c>incoming load</c> on recordings that lack a connection, have one too many, or are broken: each ends, always in the same
/// way.</summary>
public sealed class LoadRecordingTests : IDisposable
{
    private const string TwoChannels = "none-multifd2";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Log_is_not_needed()
    {
        (int exitCode, JsonNode report, _) = Load(Record("none-return-path", sent => sent));

        Assert.Equal(0, exitCode);
        Assert.Equal("completed", (string?)report["status"]);
    }

    [Theory]
    [InlineData("no main channel")]
    [InlineData("nothing but main")]
    [InlineData("one channel of two")]
    [InlineData("no bytes on main")]
    public void Migration_fails_when_no_connection_can_come(string what)
    {
        (int exitCode, JsonNode report, _) = Load(Record(TwoChannels, sent => what switch
        {
            "no main channel" => sent[1..],
            "nothing but main" => sent[..1],
            "one channel of two" => sent[..2],
            _ => [[], .. sent[1..]],
        }));

        Assert.Equal(1, exitCode);
        Assert.Equal("ChannelFailed", (string?)report["error"]!["code"]);
        Assert.Contains("no other connection can come", (string?)report["error"]!["message"]);
    }

    [Fact]
    public void Connections_beyond_those_of_the_migration_are_not_used()
    {
        (int exitCode, JsonNode report, string errors) = Load(Record(TwoChannels, sent => [.. sent, sent[1], [0x11], sent[0]]));

        Assert.Equal((0, "completed"), (exitCode, (string?)report["status"]));
        Assert.Equal(3, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Channel_too_many_counts_where_it_came_before_the_last_of_the_migration()
    {
        (int exitCode, JsonNode report, _) = Load(Record(TwoChannels, sent => [sent[1], sent[1], sent[0], sent[2]]));

        Assert.Equal((1, "MultifdChannelDuplicate"), (exitCode, (string?)report["error"]!["code"]));
    }

    // Each channel alone would fail the migration, and main too.
    [Fact]
    public void Recording_that_is_broken_in_several_places_fails_in_the_same_way_each_time()
    {
        string folder = Record(TwoChannels, sent => [sent[0][..200], [.. sent[1].AsSpan(0, 1500), 1, 2, 3], sent[2][..1000]]);
        HashSet<string> errors = [];
        for (int i = 0; i < 10; i++)
            errors.Add(Load(folder).Report["error"]!.ToJsonString());

        Assert.Single(errors);
    }

    [Fact]
    public void Stream_that_completes_without_ram_leaves_it_remaining()
    {
        string stream = Path.Combine(Capture.Root, "corpus", "malformed", "None--nothing-but-header.bin");
        (int exitCode, JsonNode report, _) = Load(stream, "-m", "1M");

        Assert.Equal((0, "completed"), (exitCode, (string?)report["status"]));
        Assert.Equal(1 << 20, (int)report["query-migrate"]!["ram"]!["remaining"]!);
    }

    [Fact]
    public void Folder_without_a_recording_is_told_what_it_lacks()
    {
        Directory.CreateDirectory(_folder["empty"]);
        using TestProcess process = TestProcess.Incoming("load", _folder["empty"]);

        Assert.Contains("it has no meta.json; to load one stream, name its file", process.Wait().Errors);
    }

    // The source's channels meet after each section: where the arguments do not say so, its pages would be lost.
    [Fact]
    public void Recorded_machine_properties_are_those_of_the_destination()
    {
        const string legacy = "none-multifd2-legacy-flush";
        Assert.Equal("completed", (string?)Load(Path.Combine(Capture.Root, "corpus", "qemu", "11.1.3", legacy)).Report["status"]);
        string folder = Record(legacy, sent => sent, "11.1.3");
        string path = Path.Combine(folder, "meta.json");
        JsonNode meta = JsonNode.Parse(File.ReadAllText(path))!;
        meta["dst_args"] = new JsonArray();
        File.WriteAllText(path, meta.ToJsonString());

        Assert.Equal("MultifdFlushMismatch", (string?)Load(folder).Report["error"]!["code"]);
        Assert.Equal("completed", (string?)Load(folder, "--global", "migration.multifd-flush-after-each-section=on").Report["status"]);
    }

    private static (int ExitCode, JsonNode Report, string Errors) Load(params string[] arguments)
    {
        using TestProcess process = TestProcess.Incoming(["load", .. arguments]);
        TestProcess.Result result = process.Wait();
        return (result.ExitCode, JsonNode.Parse(result.Output)!, result.Errors);
    }

    // A recording again, with main first, without a log, and otherwise as the test wants its connections.
    private string Record(string name, Func<byte[][], byte[][]> change, string version = "10.0.2")
    {
        string from = Path.Combine(Capture.Root, "corpus", "qemu", version, name);
        byte[][] sent = [.. Directory.GetFiles(from, "ch*.fwd.zst").Order(StringComparer.Ordinal).Select(Unpack)
            .OrderBy(bytes => bytes.AsSpan().StartsWith("QEVM"u8) ? 0 : 1)];
        string folder = _folder["recording"];
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(from, "meta.json"), Path.Combine(folder, "meta.json"));
        using Compressor compressor = new();
        foreach ((int number, byte[] bytes) in change(sent).Index())
            File.WriteAllBytes(Path.Combine(folder, $"ch{number}.fwd.zst"), compressor.Wrap(bytes).ToArray());
        return folder;
    }

    private static byte[] Unpack(string path)
    {
        using DecompressionStream content = new(File.OpenRead(path));
        using MemoryStream bytes = new();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}
