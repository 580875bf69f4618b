using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary><c>incoming load</c>, <c>describe</c> and <c>dump</c> as a user runs them.</summary>
public sealed class LoadCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none-mix")]
    [InlineData("none-noconfig")]
    [InlineData("none-nosectionfooter")]
    [InlineData("none-noram")]
    [InlineData("none-return-path")]
    [InlineData("none-uuid")]
    [InlineData("none-zero-64m")]
    [InlineData("pc-dirty")]
    [InlineData("pc-xbzrle-overflow")]
    [InlineData("none-multifd1")]
    [InlineData("none-multifd4")]
    [InlineData("none-multifd16-zero")]
    [InlineData("none-multifd2-zlib")]
    [InlineData("none-multifd2-zstd")]
    [InlineData("none-multifd2-none-zpd-legacy")]
    [InlineData("pc-multifd2-proxy")]
    [InlineData("pc-i440fx-7.2-multifd2")]
    [InlineData("none-mapped-mix")]
    [InlineData("none-mapped-odd")]
    [InlineData("none-mapped-multifd2")]
    public void Recorded_folder_loads_with_the_recorded_truth(string name)
    {
        Capture capture = Capture.Open(name);

        JsonNode report = Load(0, Folder(name));

        Assert.Equal(["status", "error", "query-migrate", "wire", "blocks"], report.AsObject().Select(m => m.Key));
        Assert.Equal("completed", (string?)report["status"]);
        Assert.Null(report["error"]);
        Assert.Equal("completed", (string?)report["query-migrate"]!["status"]);
        Assert.Equal(capture.SourceRam.GetProperty("normal").GetInt64(), (long)report["wire"]!["normal"]!);
        Assert.Equal(capture.SourceRam.GetProperty("duplicate").GetInt64(), (long)report["wire"]!["zero"]!);
        Assert.Equal(capture.SourceRam.GetProperty("transferred").GetInt64(), (long)report["wire"]!["bytes"]!);
        foreach (var block in capture.Meta.GetProperty("blocks").EnumerateObject())
        {
            JsonNode loaded = report["blocks"]![block.Name]!;
            Assert.Equal(block.Value.GetProperty("used").GetInt64(), (long)loaded["length"]!);
            Assert.Equal(block.Value.GetProperty("sha256").GetString(), (string?)loaded["sha256"]);
        }
    }

    // The source counts the package twice (L18), and what was lost in a connection that was cut.
    [Theory]
    [InlineData("pc-postcopy", 0, true)]
    [InlineData("pc-postcopy-preempt", 0, false)]
    [InlineData("pc-postcopy-recover", 1, true)]
    public void Recorded_postcopy_loads_with_the_recorded_truth(string name, int recoveries, bool hasRequests)
    {
        Capture capture = Capture.Open(name);

        JsonNode report = Load(0, Folder(name));

        Assert.Equal("completed", (string?)report["status"]);
        JsonNode ram = report["query-migrate"]!["ram"]!;
        if (recoveries == 0)
        {
            foreach (string figure in (string[])["normal", "duplicate", "precopy-bytes", "downtime-bytes", "postcopy-bytes", "remaining"])
                Assert.Equal(capture.SourceRam.GetProperty(figure).GetInt64(), (long)ram[figure]!);
        }
        Assert.Equal(capture.Connections().Sum(connection => connection.Length), (long)ram["transferred"]!);
        Assert.Equal(recoveries, (long)report["query-migrate"]!["recoveries"]!);
        Assert.Equal(hasRequests, (long)ram["postcopy-requests"]! > 0);
        Assert.Equal((long)ram["postcopy-pages"]!, (long)ram["discarded-pages"]!);
        foreach (var block in capture.Meta.GetProperty("blocks").EnumerateObject())
            Assert.Equal(block.Value.GetProperty("sha256").GetString(), (string?)report["blocks"]![block.Name]!["sha256"]);
    }

    [Fact]
    public void Recorded_postcopy_that_is_cut_reports_a_pause()
    {
        string folder = _folder["cut"];
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Folder("pc-postcopy-recover")).Where(f => !Path.GetFileName(f).StartsWith("ch1", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.Delete(Path.Combine(folder, "log.jsonl.zst"));

        JsonNode report = Load(1, folder);

        Assert.Equal("postcopy-paused", (string?)report["status"]);
        Assert.Equal("Truncated", (string?)report["error"]!["code"]);
    }

    [Fact]
    public void Recording_of_another_qemu_loads_with_a_warning_for_what_is_unknown()
    {
        string folder = _folder["recording"];
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Folder("none-text")))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        string path = Path.Combine(folder, "meta.json");
        JsonNode meta = JsonNode.Parse(File.ReadAllText(path))!;
        meta["parameters"]!["x-rdma-chunk-size"] = 1 << 20;
        meta["parameters"]!["cpr-exec-command"] = new JsonArray();
        meta["parameters"]!["of-the-future"] = 1;
        meta["capabilities"]!["of-the-\u001bpast"] = true;
        File.WriteAllText(path, meta.ToJsonString());

        TestProcess.Result result = Run("load", folder);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            [
                """incoming: warning: the recording's capability 'of-the-\u001Bpast' is unknown and ignored""",
                "incoming: warning: the recording's parameter 'of-the-future' is unknown and ignored",
            ],
            result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("none-text")]
    [InlineData("pc-xbzrle")]
    public void Plain_file_says_itself_what_machine_it_comes_from(string name)
    {
        string file = Write("stream", Capture.Open(name).MainStream());

        Assert.Equal(Sha256Of(Load(0, Folder(name))), Sha256Of(Load(0, file)));
        Assert.Equal(Sha256Of(Load(0, file)), Sha256Of(Load(0, Path.Combine(Folder(name), "stream.bin.zst"))));
    }

    [Fact]
    public void Described_machine_loads_the_stream_from_a_pipe()
    {
        byte[] stream = Capture.Open("pc-dirty").MainStream();
        TestProcess.Result described = Run("describe", Write("stream", stream));
        Assert.Equal(0, described.ExitCode);
        string profile = Write("pc.json", System.Text.Encoding.UTF8.GetBytes(described.Output));

        using TestProcess process = TestProcess.IncomingFed(stream, "load", "/dev/stdin", "--machine", profile);
        TestProcess.Result loaded = process.Wait();

        Assert.Equal(0, loaded.ExitCode);
        Assert.Equal(Sha256Of(Load(0, Folder("pc-dirty"))), Sha256Of(JsonNode.Parse(loaded.Output)!));
    }

    [Fact]
    public void Page_hashes_are_those_of_the_recording()
    {
        JsonNode report = Load(0, Folder("none-mix"), "--page-hashes");

        IEnumerable<string> recorded = Capture.Open("none-mix").Read("ram-m0.sha").Chunk(32).Select(Convert.ToHexStringLower);
        Assert.Equal(recorded, report["blocks"]!["m0"]!["pages"]!.AsArray().Select(p => (string)p!));
    }

    [Fact]
    public void Damaged_stream_fails_with_one_error_and_exit_code_1()
    {
        string file = Write("cut", Capture.Open("none-mix").MainStream()[..100_000]);

        JsonNode report = Load(1, file);

        Assert.Equal("failed", (string?)report["status"]);
        Assert.Equal(["code", "message", "offset", "section"], report["error"]!.AsObject().Select(m => m.Key));
        Assert.Equal("Truncated", (string?)report["error"]!["code"]);
        Assert.Equal(100_000, (long)report["error"]!["offset"]!);
        Assert.Equal("ram", (string?)report["error"]!["section"]);
        Assert.Equal((string?)report["error"]!["message"], (string?)report["query-migrate"]!["error-desc"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100_000)]
    public void Noise_fails_with_exit_code_1(int length)
    {
        byte[] noise = new byte[length];
        for (int i = 0; i < length; i++)
            noise[i] = unchecked((byte)(i * 37 + 11));

        JsonNode report = Load(1, Write("noise", noise));

        Assert.Contains((string?)report["error"]!["code"], (string[])["NotAMigrationStream", "Truncated"]);
    }

    [Fact]
    public void Options_override_what_the_stream_says()
    {
        string file = Write("stream", Capture.Open("none-mix").MainStream());

        Assert.Equal("BlockLengthMismatch", (string?)Load(1, file, "-m", "8M")["error"]!["code"]);
        Assert.Equal("BlockLengthMismatch", (string?)Load(1, file, "--block", "m0=8M")["error"]!["code"]);
        Assert.Equal("CapabilityMismatch", (string?)Load(1, file, "--capability", "x-ignore-shared")["error"]!["code"]);
        Load(0, file, "-m", "4", "--parameter", "multifd-channels=3");
    }

    [Theory]
    [InlineData()]
    [InlineData("load")]
    [InlineData("load", "/no/such/file")]
    [InlineData("load", "/dev/null", "--no-such-option")]
    [InlineData("load", "/dev/null", "-m", "much")]
    [InlineData("load", "/dev/null", "-m", "1000B")]
    [InlineData("load", "/dev/null", "--capability", "no-such")]
    [InlineData("load", "/dev/null", "--parameter", "multifd-channels=0")]
    [InlineData("load", "/dev/null", "--block", "m0")]
    [InlineData("load", "/dev/null", "--machine", "/no/such/profile")]
    [InlineData("load", "/dev")]
    [InlineData("serve", "--qmp", "tcp:0.0.0.0:0")]
    [InlineData("serve", "--memory-file", "/tmp/never-made")]
    [InlineData("serve", "--capability", "multifd", "--capability", "xbzrle")]
    [InlineData("serve", "--capability", "compress")]
    [InlineData("describe")]
    [InlineData("no-such-command")]
    public void Wrong_usage_is_told_on_stderr_with_exit_code_64(params string[] arguments)
    {
        TestProcess.Result result = Run(arguments);

        Assert.Equal(64, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.StartsWith("incoming: ", result.Errors);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("dump")]
    [InlineData("describe")]
    public void Output_that_cannot_be_written_is_told_on_stderr_with_exit_code_64(string command)
    {
        using TestProcess process = TestProcess.IncomingUnder("exec >/dev/full", [command, Folder("none-mix")]);
        TestProcess.Result result = process.Wait();

        Assert.Equal(64, result.ExitCode);
        Assert.StartsWith("incoming: No space left on device", result.Errors);
    }

    [Fact]
    public void Help_teaches_by_example()
    {
        foreach (string[] arguments in (string[][])[["--help"], ["serve", "--help"], ["load", "--help"], ["dump", "--help"]])
        {
            TestProcess.Result result = Run(arguments);
            Assert.Equal(0, result.ExitCode);
            Assert.Contains("Examples:", result.Output);
        }
    }

    [Theory]
    [InlineData("none-mix")]
    [InlineData("none-noconfig")]
    [InlineData("none-nosectionfooter")]
    [InlineData("none-ignore-shared")]
    [InlineData("none-mapped-mix")]
    [InlineData("pc-xbzrle")]
    [InlineData("pc-postcopy")]
    public void Dump_shows_every_record_to_the_end(string name)
    {
        Capture capture = Capture.Open(name);

        TestProcess.Result result = Run("dump", Folder(name), "--json");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        JsonNode[] records = [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(records.Select(r => (long)r["offset"]!).Order(), records.Select(r => (long)r["offset"]!));
        Assert.Contains(records, r => (string?)r["kind"] == "EOF");
        if (name is "none-mix" or "pc-xbzrle")
        {
            Assert.Equal(capture.SourceRam.GetProperty("normal").GetInt64(), records.Count(r => (string?)r["kind"] == "PAGE"));
            Assert.Equal(capture.SourceRam.GetProperty("duplicate").GetInt64(), records.Count(r => (string?)r["kind"] == "ZERO"));
        }
    }

    [Fact]
    public void Dump_of_a_damaged_stream_goes_as_far_as_it_can()
    {
        TestProcess.Result result = Run("dump", Write("cut", Capture.Open("none-mix").MainStream()[..100_000]));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("PAGE", result.Output);
        Assert.Contains("the stream ends inside a page", result.Errors);
    }

    private static string Folder(string name) => Path.Combine(Capture.Root, "corpus", "qemu", "10.0.2", name);

    private static TestProcess.Result Run(params string[] arguments)
    {
        using TestProcess process = TestProcess.Incoming(arguments);
        return process.Wait();
    }

    private static JsonNode Load(int exitCode, params string[] arguments)
    {
        TestProcess.Result result = Run(["load", .. arguments]);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Errors));
        Assert.EndsWith("}\n", result.Output);
        return JsonNode.Parse(result.Output)!;
    }

    private static string Sha256Of(JsonNode report) =>
        Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(report["blocks"]!.ToJsonString())));

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder[name], content);
        return _folder[name];
    }
}
