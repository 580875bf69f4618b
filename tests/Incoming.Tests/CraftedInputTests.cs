using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary>Files made to keep <c>load</c>, <c>describe</c> and <c>dump</c> busy for ever, to end them, or to write to the terminal.</summary>
public sealed class CraftedInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("load")]
    [InlineData("describe")]
    [InlineData("dump")]
    [Trait("CWE", "835")]
    public void Mapped_ram_block_of_no_bytes_that_leads_back_ends_in_an_error(string command)
    {
        StreamBuilder stream = new StreamBuilder().Header().Configuration()
            .Subsection("configuration/capabilities").U32(1).Str8("mapped-ram").RamStart().U64(0x100000 | 4);
        ulong entry = (ulong)stream.Length;
        stream.Str8("a").U64(0).U32(1).U64(4096).U64(0).U64(entry).Raw(new byte[64]);

        TestProcess.Result result = Run(command, Write("circle", stream.ToArray()));

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("pages", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load", 0)]
    [InlineData("describe", 0)]
    [InlineData("dump", 0)]
    [Trait("CWE", "834")]
    public void Nested_arrays_without_bytes_take_no_time(string command, int exitCode)
    {
        static string ArrayOf(string name, string fields) =>
            $$$"""{"name": "{{{name}}}", "type": "struct", "size": 0, "array_len": 2147483647, "struct": {"vmsd_name": "{{{name}}}", "version": 1, "fields": [{{{fields}}}]}}""";

        Assert.Equal(exitCode, Run(command, Write("arrays", Described("1", ArrayOf("x", ArrayOf("y", ""))))).ExitCode);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("2147483648")]
    [InlineData("1e9")]
    [Trait("CWE", "681")]
    public void Version_that_is_none_is_told_and_ends_no_process(string version)
    {
        string file = Write("version", Described(version, ""));

        TestProcess.Result described = Run("describe", file);
        TestProcess.Result loaded = Run("load", file);
        TestProcess.Result dumped = Run("dump", file);

        Assert.Equal((1, 1, 0), (described.ExitCode, loaded.ExitCode, dumped.ExitCode));
        Assert.EndsWith($"not a VMDESCRIPTION: 'version' is {version}, no number from 0 to 2147483647\n", described.Errors);
        Assert.Equal("failed", (string?)JsonNode.Parse(loaded.Output)!["status"]);
    }

    [Fact]
    [Trait("CWE", "674")]
    public void Packages_inside_packages_end_no_process()
    {
        StreamBuilder stream = new StreamBuilder().Header().Configuration();
        for (int depth = 0; depth < 60_000; depth++)
            stream.Command(7, 0x7f, 0, 0, 0);

        TestProcess.Result result = Run("dump", Write("packages", stream.ToArray()));

        Assert.Equal(1, result.ExitCode);
        Assert.EndsWith("a package inside a package\n", result.Errors);
    }

    [Fact]
    public void Profile_with_a_device_twice_is_refused()
    {
        const string Profile = """{"name": "none", "ramBlocks": [], "devices": [{"name": "d", "state": {"name": "d"}}, {"name": "d", "state": {"name": "d", "version": 1}}]}""";

        TestProcess.Result result = Run("load", "/dev/null", "--machine", Write("profile", System.Text.Encoding.UTF8.GetBytes(Profile)));

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("device section 'd' with instance 0 is there twice", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Profile_with_a_negative_version_is_refused()
    {
        const string Profile = """{"name": "none", "ramBlocks": [], "devices": [{"name": "d", "state": {"name": "d", "version": -1}}]}""";

        TestProcess.Result result = Run("load", "/dev/null", "--machine", Write("profile", System.Text.Encoding.UTF8.GetBytes(Profile)));

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("'d': version -1", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("load")]
    [InlineData("describe")]
    [InlineData("dump")]
    [Trait("CWE", "150")]
    public void Names_of_a_stream_do_not_reach_the_terminal_as_commands(string command)
    {
        StreamBuilder stream = new StreamBuilder().Header().Configuration("none\u001b[2J")
            .RamStart().MemSize(("ram\u001b]0;owned\a", 0x1000)).Eos().Footer(1).Section(4, 7, "dev\u009b31m", 0, 1).Footer(7).End();

        TestProcess.Result result = Run(command, Write("escapes", stream.ToArray()));

        Assert.DoesNotContain(result.Output + result.Errors, c => char.IsControl(c) && c != '\n');
    }

    [Fact]
    public void Dump_names_what_commands_carry_and_shows_a_package_as_the_stream_that_it_is()
    {
        byte[] package = new StreamBuilder().Command(4).Section(4, 9, "dev", 0, 1).Raw(1, 2).Footer(9).Command(5).ToArray();
        StreamBuilder stream = new StreamBuilder().Header().Configuration()
            .Command(2, 0, 0, 0, 66).Command(3, [0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x10, 0])
            .Command(6, [0, 3, .. "ram"u8, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0x20, 0])
            .Command(10, [3, .. "ram"u8]).Command(7, 0, 0, 0, (byte)package.Length).Raw(package).End();

        TestProcess.Result result = Run("dump", Write("commands", stream.ToArray()), "--json");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        string[] told = [.. Records(result).Select(r => $"{r["kind"]} {r["extra"]}".TrimEnd())];
        Assert.Equal(
            [
                "HEADER version 3", "CONFIGURATION machine none", "COMMAND Ping 0x42",
                "COMMAND PostcopyAdvise page sizes 0x1000, target page 4096 bytes", "COMMAND PostcopyRamDiscard ram 0x1000+0x2000",
                "COMMAND RecvBitmap ram", $"COMMAND Packaged {package.Length} bytes", "COMMAND PostcopyListen",
                "FULL id 9 instance 0 version 1", "STATE 2 bytes", "COMMAND PostcopyRun", $"PACKAGE_END {package.Length} bytes", "EOF",
            ],
            told);
    }

    [Theory]
    [InlineData("none-return-path/ch0.back.zst", "RP_Pong 0x1|RP_Shut 0x0")]
    [InlineData("none-multifd2/ch1.fwd.zst", "MULTIFD_INITIAL channel 0 uuid 00000000-0000-0000-0000-000000000000")]
    public void Dump_reads_each_kind_of_connection(string file, string beginning)
    {
        TestProcess.Result result = Run("dump", Path.Combine(Capture.Root, "corpus", "qemu", "10.0.2", file), "--json");

        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
        Assert.StartsWith(beginning, string.Join('|', Records(result).Select(r => $"{r["kind"]} {r["extra"]}")), StringComparison.Ordinal);
    }

    // One section of no bytes, and a description of it.
    private static byte[] Described(string version, string fields)
    {
        string json = $$"""{"page_size": 4096, "devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": {{version}}, "fields": [{{fields}}]}]}""";
        return new StreamBuilder().Header().Configuration().RamStart().MemSize(("ram", 0x1000)).Eos().Footer(1)
            .Section(4, 7, "dev", 0, 1).Footer(7).End().VmDescription(json).ToArray();
    }

    private static JsonNode[] Records(TestProcess.Result result) =>
        [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder[name], content);
        return _folder[name];
    }

    private static TestProcess.Result Run(params string[] arguments)
    {
        using TestProcess process = TestProcess.Incoming(arguments);
        return process.Wait();
    }
}
