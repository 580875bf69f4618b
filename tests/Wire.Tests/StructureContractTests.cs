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

    // Bytes that need less than the example's first are passed over where a value has several encodings.
    [Theory, MemberData(nameof(Names))]
    public void Every_byte_decides_something_or_the_structure_says_that_it_does_not(string name)
    {
        WireStructure structure = Find(name);
        for (int i = 0; structure.IsCanonical && i < structure.Example.Length; i++)
        {
            byte[] changed = [.. structure.Example, .. new byte[Limits.NameBytes]];
            changed[i] ^= 1;
            byte[] encoded = new byte[changed.Length];
            if (structure.Recode(changed, encoded, out int consumed, out int written) == DecodeStatus.Done)
                Assert.Equal(changed[..consumed], encoded[..written]);
            else
                Assert.Equal(0, consumed);
        }
    }

    private static WireStructure Find(string name) => WireStructure.All.Single(structure => structure.Name == name);
}
