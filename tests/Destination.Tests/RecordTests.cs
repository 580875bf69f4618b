using Qemu.Migration.Destination;
using Qemu.Migration.Wire;
using TestKit;
using static TestKit.CraftedStreams;

namespace Destination.Tests;

/// <summary>Records one by one: where an error says it is, what each adds to the figures, how far the loader goes before it yields.</summary>
public sealed class RecordTests
{
    private static readonly Dictionary<string, (StreamErrorCode Code, Action<StreamBuilder> Write)> BadRecords = new()
    {
        ["flags"] = (StreamErrorCode.UnknownRamFlags, s => s.U64(0x100)),
        ["block"] = (StreamErrorCode.UnknownBlock, s => s.Zero(0, "rom")),
        ["offset"] = (StreamErrorCode.OffsetOutOfRange, s => s.Zero(CraftedStreams.RamBytes)),
        ["fill"] = (StreamErrorCode.ZeroPageNotZero, s => s.Zero(0, fill: 7)),
        ["encoding"] = (StreamErrorCode.XbzrleWrongCompression, s => s.Delta(0, [0, 1, 1], encoding: 2)),
        ["length"] = (StreamErrorCode.XbzrleLengthOverflow, s => s.Delta(0, new byte[4097])),
        ["delta"] = (StreamErrorCode.XbzrleDecodeError, s => s.Delta(0x3000, [4, 0])),
    };

    public static TheoryData<string> Bad => [.. BadRecords.Keys];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Error_names_the_place_of_its_record_and_the_section(string bad)
    {
        StreamBuilder stream = Ram.Zero(0, "ram").Zero(0x1000);
        long place = stream.Length;
        BadRecords[bad].Write(stream);

        StreamError error = await FailAsync(stream);

        Assert.Equal((BadRecords[bad].Code, place, "ram"), (error.Code, error.OffsetBytes, error.Section));
    }

    [Fact]
    public async Task First_record_that_continues_nothing_is_named_by_its_place_behind_a_hook()
    {
        StreamBuilder stream = Ram.U64(RamFlags.Hook);
        long place = stream.Length;

        StreamError error = await FailAsync(stream.Zero(0));

        Assert.Equal((StreamErrorCode.ContinueWithoutBlock, place), (error.Code, error.OffsetBytes));
    }

    [Fact]
    public async Task Delta_that_does_not_decode_is_told_with_its_page()
    {
        StreamError error = await FailAsync(Ram.Delta(0x3000, [4, 0], "ram"));

        Assert.Contains("2 bytes for the page at 0x3000", error.Message);
    }

    [Fact]
    public async Task Deltas_of_several_sections_add_up_and_a_first_arrival_is_unique()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);

        await destination.LoadAsync(Ram.Delta(0x3000, [0, 1, 9], "ram").Eos().Footer(1)
            .Part(2, 1).Delta(0x3000, [1, 2, 8, 7]).Eos().Footer(1).End().ToArray());

        // With the name: 1 and 3 bytes of it, 3 of the header, 3 of the delta. Without: 3 and 4.
        Assert.Equal(
            (2, 10 + 7, 1), (destination.Statistics.XbzrlePages, destination.Statistics.XbzrleBytes, destination.Statistics.UniquePages));
        Assert.Equal([9, 8, 7, 0], destination.Ram().AsSpan(0x3000, 4).ToArray());
    }

    [Fact]
    public async Task Delta_may_be_as_long_as_a_page()
    {
        byte[] delta = [2, 0xfd, 0x1f, .. Enumerable.Repeat((byte)5, 4093)];
        using TestKit.Destination destination = new(CraftedStreams.Machine);

        await destination.LoadAsync(Ram.Delta(0, delta, "ram").Eos().Footer(1).End().ToArray());

        Assert.Null(destination.Migration.State.Error?.ToString());
        Assert.Equal(4096, delta.Length);
        Assert.Equal([0, 0, .. delta[3..], 0], destination.Ram()[..4096]);
    }

    [Fact]
    public async Task Page_that_lacks_a_byte_is_neither_stored_nor_counted()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);

        await destination.LoadAsync(Ram.Zero(0, "ram").Page(0x1000, Enumerable.Repeat((byte)1, 4095).ToArray()).ToArray());

        Assert.Equal((1, 0), (destination.Statistics.ZeroPages, destination.Statistics.NormalPages));
        Assert.False(destination.Ram().AsSpan().ContainsAnyExcept((byte)0));
    }

    [Fact]
    public async Task Page_that_ends_like_the_next_record_is_only_a_page()
    {
        byte[] content = new byte[4096];
        new StreamBuilder().U64(0x1000 | RamFlags.Page | RamFlags.Continue).ToArray().CopyTo(content, 4096 - 16);
        using TestKit.Destination destination = new(CraftedStreams.Machine);

        await destination.LoadAsync(Ram.Zero(0x5000, "ram").Page(0, content).Page(0x8000, content).Eos().Footer(1).End().ToArray());

        Assert.Null(destination.Migration.State.Error?.ToString());
        Assert.Equal((2, 3), (destination.Statistics.NormalPages, destination.Statistics.UniquePages));
        Assert.Equal(content, destination.Ram()[..4096]);
        Assert.Equal(content, destination.Ram()[0x8000..0x9000]);
    }

    // A monitor waits no longer than this for its turn.
    [Fact]
    public async Task Loader_yields_after_so_many_records_whatever_they_are()
    {
        const int most = Limits.RecordsBetweenYields;
        Assert.Equal(0, await YieldsAsync(Ram.U64(RamFlags.Hook), zeros: 100));
        Assert.Equal(2, await YieldsAsync(Ram, zeros: 2 * most));
        Assert.Equal(1, await YieldsAsync(Pages(Ram, 3), zeros: most - 3));
        Assert.Equal(2, await YieldsAsync(Pages(Zeros(Ram, most - 1), 3), zeros: most - 1));
    }

    private static StreamBuilder Zeros(StreamBuilder stream, int count)
    {
        stream.Zero(0, "ram");
        for (int i = 1; i < count; i++)
            stream.Zero(0);
        return stream;
    }

    private static StreamBuilder Pages(StreamBuilder stream, int count)
    {
        for (int i = 0; i < count; i++)
            stream.Page((ulong)i * 4096, new byte[4096], i == 0 ? "ram" : null);
        return stream;
    }

    private static async Task<int> YieldsAsync(StreamBuilder stream, int zeros)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        int yields = 0;
        destination.Environment.AtPoint = site => yields += site == "ram/yield" ? 1 : 0;
        await destination.LoadAsync(Zeros(stream, zeros).Eos().Footer(1).End().ToArray());
        Assert.Null(destination.Migration.State.Error?.ToString());
        return yields;
    }

    private static Task<StreamError> FailAsync(StreamBuilder stream) => Failure.OfAsync(CraftedStreams.Machine, stream);
}
