using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>mapped-ram files of two blocks, with and without multifd: gaps, places out of order, blocks that others share.</summary>
public sealed class MappedRamTests
{
    private const long FirstBytes = 67 * 4096;
    private const long SecondBytes = 1 << 20;
    private const byte Poison = 0xaa;

    [Theory]
    [InlineData(false, Delivery.Lent)]
    [InlineData(false, Delivery.Seekable)]
    [InlineData(true, Delivery.Lent)]
    [InlineData(true, Delivery.Seekable)]
    public async Task Large_gaps_between_pages_and_areas_are_skipped(bool multifd, Delivery delivery)
    {
        byte[] file = TwoBlocks(secondArea: 0x500000);
        using TestKit.Destination destination = Make(multifd, ignoreShared: false);

        await destination.LoadAsync(file, delivery);

        Assert.Null(destination.Migration.State.Error?.ToString());
        byte[] first = destination.Ram("first");
        byte[] second = destination.Ram("second");
        foreach (int page in (int[])[0, 1, 63, 64, 66])
            Assert.False(first.AsSpan(page * 4096, 4096).ContainsAnyExcept((byte)(page + 1)));
        Assert.False(second.AsSpan(255 * 4096, 4096).ContainsAnyExcept((byte)9));
        // A page without its bit was zero on the source.
        Assert.False(first.AsSpan(2 * 4096, 61 * 4096).ContainsAnyExcept((byte)0));
        Assert.False(second.AsSpan(0, 255 * 4096).ContainsAnyExcept((byte)0));
        Assert.Equal((6, 67 + 256 - 6), (destination.Statistics.NormalPages, destination.Statistics.ZeroPages));
        Assert.Equal(67 + 256, destination.Statistics.UniquePages);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_area_that_ends_before_its_own_header_is_refused(bool multifd)
    {
        using TestKit.Destination destination = Make(multifd, ignoreShared: false);

        await destination.LoadAsync(TwoBlocks(secondArea: 0));

        Assert.Equal(StreamErrorCode.MappedRamAlignment, destination.Migration.State.Error?.Code);
        Assert.Equal("second", destination.Migration.State.Error?.Block);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Shared_block_that_is_not_in_the_file_keeps_its_content(bool multifd)
    {
        using TestKit.Destination destination = Make(multifd, ignoreShared: true);

        await destination.LoadAsync(TwoBlocks(secondArea: null));

        Assert.Null(destination.Migration.State.Error?.ToString());
        Assert.False(destination.Ram("second").AsSpan().ContainsAnyExcept(Poison));
        Assert.Equal((5, 67 - 5), (destination.Statistics.NormalPages, destination.Statistics.ZeroPages));
        Assert.Equal(0, destination.Statistics.RemainingBytes);
    }

    [Theory]
    [InlineData(0x100u, StreamErrorCode.UnknownRamFlags)]
    [InlineData(RamFlags.Hook, StreamErrorCode.MappedRamRecord)]
    public async Task Unknown_flags_are_told_from_records_that_a_file_cannot_have(uint flags, StreamErrorCode code)
    {
        using TestKit.Destination destination = Make(multifd: false, ignoreShared: false);

        await destination.LoadAsync(new StreamBuilder().Header().RamStart().U64(flags).ToArray());

        Assert.Equal(code, destination.Migration.State.Error?.Code);
    }

    private static TestKit.Destination Make(bool multifd, bool ignoreShared)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("mapped-ram", true);
        capabilities.Set("multifd", multifd);
        capabilities.Set("x-ignore-shared", ignoreShared);
        MachineProfile machine = MachineProfile.None(
            new RamBlockDescription { Name = "first", LengthBytes = FirstBytes },
            new RamBlockDescription { Name = "second", LengthBytes = SecondBytes, Shared = true }) with
        {
            SendConfiguration = false,
        };
        return new(machine, capabilities, Poison);
    }

    // first: pages 0, 1, 63, 64 and 66 of 67, from 0x100000 on; second: its last page, wherever its area is; or shared, with no area.
    private static byte[] TwoBlocks(long? secondArea)
    {
        const int firstArea = 0x100000;
        bool ignoreShared = secondArea is null;
        byte[] file = new byte[0x700000];
        StreamBuilder stream = new StreamBuilder().Header().RamStart()
            .U64((ulong)(FirstBytes + SecondBytes) | RamFlags.MemSize);
        Entry(stream, "first", FirstBytes, ignoreShared).U32(1).U64(4096).U64((ulong)stream.Length + 16).U64(firstArea);
        stream.U8(0x03).Raw(new byte[6]).U8(0x80).U8(0x05).Raw(new byte[7]);
        stream.ToArray().CopyTo(file, 0);
        foreach (int page in (int[])[0, 1, 63, 64, 66])
            file.AsSpan(firstArea + page * 4096, 4096).Fill((byte)(page + 1));
        StreamBuilder rest = Entry(new(), "second", SecondBytes, ignoreShared).U32(1).U64(4096);
        int restAt = firstArea + (int)FirstBytes;
        rest.U64(ignoreShared ? 0 : (ulong)(restAt + rest.Length + 16)).U64((ulong)(secondArea ?? 0));
        int endAt = restAt + (int)rest.Length;
        if (secondArea is { } area)
        {
            rest.Raw(new byte[31]).U8(0x80);
            file.AsSpan((int)area + 255 * 4096, 4096).Fill(9);
            endAt = (int)(area + SecondBytes);
        }
        rest.ToArray().CopyTo(file, restAt);
        new StreamBuilder().Eos().Footer(1).End().ToArray().CopyTo(file, endAt);
        return file;
    }

    private static StreamBuilder Entry(StreamBuilder stream, string name, long lengthBytes, bool ignoreShared)
    {
        stream.Str8(name).U64((ulong)lengthBytes);
        return ignoreShared ? stream.U64(0) : stream;
    }
}
