using System.Text.Json.Nodes;
using Processes;
using TestKit;

namespace Incoming.Tests;

/// <summary><c>incoming describe A B</c>: what several streams of a machine have between them.</summary>
public sealed class ProfileMergeTests : IDisposable
{
    private const string Rare = """{"vmsd_name": "dev/rare", "version": 1, "fields": [{"name": "r", "type": "uint16", "size": 2}]}""";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Subsection_that_one_stream_has_loads_with_a_profile_of_both()
    {
        string idle = Write("idle", Stream(1, [7]));
        string busy = Write("busy", Stream(1, [7, 5, 8, .. "dev/rare"u8, 0, 0, 0, 1, 1, 2], subsections: Rare));

        TestProcess.Result alone = Run("load", busy, "--machine", Describe(idle));
        TestProcess.Result both = Run("load", busy, "--machine", Describe(idle, busy));
        TestProcess.Result reversed = Run("load", busy, "--machine", Describe(busy, idle));

        Assert.Contains("'dev' has no subsection 'dev/rare'", alone.Output, StringComparison.Ordinal);
        Assert.Contains("incoming describe A B", alone.Output, StringComparison.Ordinal);
        Assert.Equal((1, 0, 0), (alone.ExitCode, both.ExitCode, reversed.ExitCode));
    }

    [Fact]
    public void Array_of_another_length_loads_with_a_profile_of_two_lengths()
    {
        string two = Write("two", Stream(2, [1, 2]));
        string three = Write("three", Stream(3, [1, 2, 3]));
        string nine = Write("nine", Stream(9, [1, 2, 3, 4, 5, 6, 7, 8, 9]));

        TestProcess.Result alone = Run("load", nine, "--machine", Describe(two));
        TestProcess.Result both = Run("load", nine, "--machine", Describe(two, three));
        TestProcess.Result described = Run("describe", two, three);

        Assert.Equal("FooterMismatch", (string?)JsonNode.Parse(alone.Output)!["error"]!["code"]);
        Assert.Contains("incoming describe A B", alone.Output, StringComparison.Ordinal);
        Assert.Equal((1, 0), (alone.ExitCode, both.ExitCode));
        Assert.Equal(
            "incoming: note: section 'dev' varies from field 'a' on (2 and 3 elements): it is passed to its footer from there\n",
            described.Errors);
    }

    [Fact]
    public void Field_and_device_that_only_one_stream_has_are_in_the_profile_of_three()
    {
        string plain = Write("plain", Stream(1, [7]));
        string more = Write("more", Stream(1, [7, 8], fields: """, {"name": "b", "type": "uint8", "size": 1}"""));
        string other = Write("other", Stream(1, [7], device: "hot"));
        string profile = Describe(plain, more, other);

        Assert.All([plain, more, other], stream => Assert.Equal(0, Run("load", stream, "--machine", profile).ExitCode));
    }

    [Theory]
    [InlineData("pc", 0x1000, 1, "machine 'none' and 'pc'")]
    [InlineData("none", 0x2000, 1, "length of RAM block ram '4096' and '8192'")]
    [InlineData("none", 0x1000, 2, "version of section dev '1' and '2'")]
    public void Streams_of_different_machines_make_no_profile(string machine, long ramBytes, int version, string difference)
    {
        string first = Write("first", Stream(1, [7]));
        string second = Write("second", Stream(1, [7], machine: machine, ramBytes: ramBytes, version: version));

        TestProcess.Result result = Run("describe", first, second);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Equal($"incoming: {second}: the streams are of different machines: {difference}\n", result.Errors);
    }

    // As two ISA devices of one kind in a stream of QEMU 7.2, which a QEMU takes.
    [Fact]
    public void Sections_of_one_name_and_instance_are_loaded_into_one_device()
    {
        const string device = """{"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": 1, "fields": [{"name": "a", "type": "uint8", "size": 1}]""";
        string json = $$"""{"page_size": 4096, "devices": [{{device}}}, {{device}}, "subsections": [{{Rare}}]}]}""";
        string twins = Write("twins", new StreamBuilder().Header().Configuration("none").RamStart().MemSize(("ram", 0x1000)).Eos().Footer(1)
            .Section(4, 7, "dev", 0, 1).Raw(1).Footer(7)
            .Section(4, 8, "dev", 0, 1).Raw([2, 5, 8, .. "dev/rare"u8, 0, 0, 0, 1, 1, 2]).Footer(8).End().VmDescription(json).ToArray());

        TestProcess.Result loaded = Run("load", twins);
        TestProcess.Result described = Run("load", twins, "--machine", Describe(twins));

        Assert.Equal((0, "", 0), (loaded.ExitCode, loaded.Errors, described.ExitCode));
    }

    // One device with one field of so many bytes, and what is added.
    private static byte[] Stream(
        int count, byte[] state, string fields = "", string subsections = "", string device = "dev", string machine = "none",
        long ramBytes = 0x1000, int version = 1)
    {
        string array = count > 1 ? $", \"array_len\": {count}" : "";
        string json =
            $$"""{"page_size": 4096, "devices": [{"name": "{{device}}", "instance_id": 0, "vmsd_name": "dev", "version": {{version}}, """
            + $$"""
            "fields": [{"name": "a", "type": "uint8", "size": 1{{array}}}{{fields}}], "subsections": [{{subsections}}]}]}
            """;
        return new StreamBuilder().Header().Configuration(machine).RamStart().MemSize(("ram", ramBytes)).Eos().Footer(1)
            .Section(4, 7, device, 0, (uint)version).Raw(state).Footer(7).End().VmDescription(json).ToArray();
    }

    private string Describe(params string[] streams)
    {
        TestProcess.Result result = Run(["describe", .. streams]);
        Assert.Equal(0, result.ExitCode);
        return Write($"profile-{Guid.NewGuid():n}", System.Text.Encoding.UTF8.GetBytes(result.Output));
    }

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
