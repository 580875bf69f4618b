using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>Profiles and layouts: what a machine is, from a stream's own description and from JSON.</summary>
public sealed class MachineProfileTests
{
    [Fact]
    public async Task Profile_written_and_read_again_loads_the_same_machine()
    {
        Capture capture = Capture.Open("pc-xbzrle");
        byte[] stream = capture.MainStream();
        byte[] json = capture.Machine(stream).ToJson();

        MachineProfile profile = MachineProfile.Parse(json);
        using TestKit.Destination destination = new(profile, capture.Capabilities());
        await destination.LoadAsync(stream);

        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(profile.ToJson()));
        Assert.Null(destination.Migration.State.Error?.Message);
    }

    [Theory]
    [InlineData("", "not a machine profile")]
    [InlineData("null", "not null")]
    [InlineData("[]", "not a machine profile")]
    [InlineData("""{"name":"x"}""", "ramBlocks")]
    [InlineData("""{"name":"x","ramBlocks":[],"colour":1}""", "colour")]
    [InlineData("""{"name":"","ramBlocks":[]}""", "no name")]
    [InlineData("""{"format":9,"name":"x","ramBlocks":[]}""", "format 9")]
    [InlineData("""{"name":"x","pageSizeBytes":1000,"ramBlocks":[]}""", "page size 1000")]
    [InlineData("""{"name":"x","ramBlocks":[{"name":"a","lengthBytes":100}]}""", "multiple of the page size")]
    [InlineData("""{"name":"x","ramBlocks":[{"name":"a","lengthBytes":8192,"maxLengthBytes":4096}]}""", "maximum length")]
    [InlineData("""{"name":"x","ramBlocks":[{"name":"a","lengthBytes":0},{"name":"a","lengthBytes":0}]}""", "'a' is there twice")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","fields":[{"name":"f","type":"t","sizeBytes":-1}]}}]}""", "out of range")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","version":-1}}]}""", "'d': version -1")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","version":1,"minimumVersion":2}}]}""", "minimum version 2")]
    [InlineData("""{"name":null,"ramBlocks":[]}""", "name")]
    [InlineData("""{"name":"x","ramBlocks":null}""", "ramBlocks")]
    [InlineData("""{"name":"x","ramBlocks":[null]}""", "ramBlocks have an item that is null")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[null]}""", "devices have an item that is null")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":null}]}""", "state")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","fields":[null]}}]}""", "'d': the fields have an item that is null")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","subsections":[null]}}]}""", "'d': the subsections have an item that is null")]
    [InlineData("""{"name":"x","ramBlocks":[],"devices":[{"name":"d","state":{"name":"d","fields":[{"name":"f","type":null}]}}]}""", "type")]
    public void Profile_that_is_none_is_refused_with_its_reason(string json, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<FormatException>(() => MachineProfile.Parse(Encoding.UTF8.GetBytes(json))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Device_state_with_subsections_is_walked_to_its_footer_and_an_unknown_one_is_refused()
    {
        MachineProfile machine = CraftedStreams.Machine with
        {
            Devices =
            [
                new()
                {
                    Name = "dev",
                    State = new()
                    {
                        Name = "dev",
                        Version = 3,
                        MinimumVersion = 3,
                        Fields =
                        [
                            new() { Name = "a", Type = "uint16", SizeBytes = 2, Count = 2 },
                            new() { Name = "s", Type = "struct", Count = 2, Struct = Layout("inner", 1, 3) },
                        ],
                        Subsections = [Layout("dev/more", 2, 5)],
                    },
                },
            ],
        };
        StreamBuilder Device(uint version) => new StreamBuilder().Header().Configuration().Section(4, 5, "dev", 0, version)
            .Raw(new byte[4]).Raw(new byte[6]);

        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device(3).Footer(5).End()));
        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device(3).Subsection("dev/more", 2).Raw(new byte[5]).Footer(5).End()));
        Assert.Equal(StreamErrorCode.UnknownSubsection, await LoadAsync(machine, Device(3).Subsection("dev/less").Footer(5).End()));
        Assert.Equal(StreamErrorCode.SubsectionVersionTooNew, await LoadAsync(machine, Device(3).Subsection("dev/more", 3).Footer(5).End()));
        Assert.Equal(StreamErrorCode.SectionVersionTooOld, await LoadAsync(machine, Device(2).Footer(5).End()));
        // Another parent's prefix is no subsection: the bytes stay in the stream, where no footer is found.
        Assert.Equal(StreamErrorCode.FooterMismatch, await LoadAsync(machine, Device(3).Subsection("cat/more").Footer(5).End()));
    }

    [Fact]
    public async Task Arrays_in_arrays_of_elements_without_bytes_are_walked_as_far_as_there_are_bytes()
    {
        VmStateDescription inner = new() { Name = "inner", Version = 1, Subsections = [Layout("inner/more", 1, 2)] };
        VmStateField Array(VmStateDescription element) =>
            new() { Name = "array", Type = "struct", Count = int.MaxValue, Struct = element };
        VmStateDescription outer = new() { Name = "outer", Version = 1, Fields = [Array(inner)] };
        MachineProfile machine = CraftedStreams.Machine with
        {
            Devices = [new() { Name = "dev", State = new() { Name = "dev", Version = 1, Fields = [Array(outer)] } }],
        };
        StreamBuilder Device() => CraftedStreams.Opening.Section(4, 5, "dev", 0, 1);

        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device().Footer(5).End()));
        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device().Subsection("inner/more").Raw(1, 2).Footer(5).End()));
        Assert.Equal(StreamErrorCode.Truncated, await LoadAsync(machine, Device()));
    }

    [Fact]
    public async Task Subsection_that_the_profile_does_not_know_is_named_with_what_to_do()
    {
        MachineProfile machine = CraftedStreams.Machine with { Devices = [new() { Name = "dev", State = Layout("dev", 1, 0) }] };
        using TestKit.Destination destination = new(machine);
        await destination.LoadAsync(CraftedStreams.Opening.Section(4, 5, "dev", 0, 1).Subsection("dev/rare").Footer(5).End().ToArray());

        string message = destination.Migration.State.Error!.Message;
        Assert.Contains("'dev' has no subsection 'dev/rare' in section 'dev', at offset", message, StringComparison.Ordinal);
        Assert.EndsWith("incoming describe A B > profile.json", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Section_that_varies_is_passed_to_its_footer_and_refused_where_there_are_none()
    {
        VmStateDescription inner = new()
        {
            Name = "inner",
            Version = 1,
            Fields = [new() { Name = "a", Type = "uint8", SizeBytes = 1 }, new() { Name = "b", Type = "buffer", SizeBytes = 5, Varies = true }],
            Subsections = [Layout("inner/more", 1, 9)],
        };
        VmStateField array = new() { Name = "s", Type = "struct", Count = 3, Struct = inner };
        MachineProfile machine = CraftedStreams.Machine with
        {
            Devices =
            [
                new()
                {
                    Name = "dev",
                    State = new() { Name = "dev", Version = 1, Fields = [array, new() { Name = "c", Type = "buffer", SizeBytes = 70_000 }] },
                },
            ],
        };
        StreamBuilder Device() => CraftedStreams.Opening.Section(4, 5, "dev", 0, 1).Raw(1);
        byte[] longState = new byte[300_000];
        Array.Fill(longState, (byte)0x7e);

        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device().Footer(5).GlobalState("running").End()));
        Assert.Equal(StreamErrorCode.None, await LoadAsync(machine, Device().Footer(6).Raw(longState).Footer(5).GlobalState("running").End()));
        Assert.Equal(StreamErrorCode.Truncated, await LoadAsync(machine, Device().Footer(6)));
        StreamError error = await Failure.OfAsync(machine with { SendSectionFooter = false }, Device());
        Assert.Equal((StreamErrorCode.SectionUnsupported, "dev"), (error.Code, error.Section));
    }

    private static VmStateDescription Layout(string name, int version, int bytes) => new()
    {
        Name = name,
        Version = version,
        MinimumVersion = version,
        Fields = [new() { Name = "x", Type = "buffer", SizeBytes = bytes }],
    };

    private static async Task<StreamErrorCode> LoadAsync(MachineProfile machine, StreamBuilder stream)
    {
        using TestKit.Destination destination = new(machine);
        await destination.LoadAsync(stream.ToArray());
        return destination.Migration.State.Error?.Code ?? StreamErrorCode.None;
    }

    [Fact]
    public void Description_is_found_only_where_it_ends_the_stream()
    {
        byte[] json = Encoding.ASCII.GetBytes("""{"page_size": 4096, "devices": [{"name": "timer", "instance_id": 0, "fields": [{"name": "a", "type": "t", "size": 3}]}]}""");
        byte[] stream = new StreamBuilder().Header().U8(0).U8(6).U32((uint)json.Length).Raw(json).ToArray();

        Assert.Equal(json, stream[VmDescription.FindAtEnd(stream)]);
        Assert.Equal(default, VmDescription.FindAtEnd([.. stream, 0]));
        Assert.Equal(default, VmDescription.FindAtEnd(stream.AsSpan(0, stream.Length - 1)));
        Assert.Equal(default, VmDescription.FindAtEnd([]));
        for (int start = 1; start <= 8; start++)
            Assert.Equal(json, stream[start..][VmDescription.FindAtEnd(stream.AsSpan(start))]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("""{"devices": [{"name": "x"}]}""")]
    [InlineData("""{"devices": [{"name": 1, "instance_id": 0}]}""")]
    [InlineData("""{"devices": [{"name": "x", "instance_id": -1}]}""")]
    [InlineData("""{"devices": [{"name": "x", "instance_id": 0, "fields": [{"name": "f", "type": "t", "size": 1e99}]}]}""")]
    public void Description_that_is_none_is_refused(string json) =>
        Assert.Throws<FormatException>(() => VmDescription.Parse(Encoding.UTF8.GetBytes(json), out _));
}
