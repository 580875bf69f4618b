using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>What holds of every decoder and encoder, on a good example of each structure.</summary>
public sealed class StructureContractTests
{
    public static TheoryData<string> Names => [.. WireStructure.All.Select(structure => structure.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Structure_cut_at_every_byte_needs_more_and_consumes_nothing(string name) =>
        Contract.AssertCut(Find(name).Recode, Find(name).Example);

    [Theory, MemberData(nameof(Names))]
    public void What_follows_and_precedes_a_structure_is_neither_read_nor_written(string name) =>
        Contract.AssertBounds(Find(name).Recode, Find(name).Example);

    [Theory, MemberData(nameof(Names))]
    public void Structure_is_encoded_as_it_was_decoded(string name)
    {
        WireStructure structure = Find(name);
        byte[] encoded = new byte[structure.Example.Length];

        Assert.Equal(DecodeStatus.Done, structure.Recode(structure.Example, encoded, out int consumed, out int written));

        Assert.Equal((structure.Example.Length, structure.Example.Length), (consumed, written));
        Assert.Equal(structure.Example, encoded);
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_byte_decides_something_or_the_structure_says_that_it_does_not(string name)
    {
        WireStructure structure = Find(name);
        for (int i = 0; i < structure.Example.Length; i++)
        {
            byte[] changed = [.. structure.Example, .. new byte[Limits.NameBytes]];
            changed[i] ^= 1;
            byte[] encoded = new byte[changed.Length];
            if (structure.Recode(changed, encoded, out int consumed, out int written) == DecodeStatus.Done)
                Assert.True(structure.SaysTheSame(changed.AsSpan(0, consumed), encoded.AsSpan(0, written)), $"byte {i}");
            else
                Assert.Equal(0, consumed);
        }
    }

    private static WireStructure Find(string name) => WireStructure.All.Single(structure => structure.Name == name);

    [Fact]
    public void Encodings_that_differ_where_it_matters_do_not_say_the_same()
    {
        WireStructure packet = Find("multifd packet");
        byte[] padding = [.. packet.Example];
        padding[40] = 1;
        byte[] behindName = [.. packet.Example];
        behindName[64 + 10] = 1;
        byte[] name = [.. packet.Example];
        name[64] = (byte)'x';
        byte[] offset = [.. packet.Example];
        offset[^1] = 1;

        Assert.True(packet.SaysTheSame(packet.Example, padding) && packet.SaysTheSame(packet.Example, behindName));
        Assert.False(packet.SaysTheSame(packet.Example, name) || packet.SaysTheSame(packet.Example, offset));
        Assert.False(packet.SaysTheSame(packet.Example, packet.Example.AsSpan(1)));
    }
}
