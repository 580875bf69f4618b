using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs in what is compared before anything is loaded: machine, page size, capabilities, UUID, blocks.</summary>
internal static class ConfigurationBugs
{
    private const string Configuration = "src/Qemu.Migration.Destination/Loading/ConfigurationLoader.cs";
    private const string Body = "src/Qemu.Migration.Wire/ConfigurationBody.cs";
    private const string BlockList = "src/Qemu.Migration.Destination/Loading/BlockListLoader.cs";

    public static PlantedBug[] All { get; } =
    [
        Bug(Configuration, "machine-name-prefix-accepted", "L13", "as many bytes of the machine's name are compared as were sent",
            "if (name != machine.Name)", "if (!machine.Name.StartsWith(name, StringComparison.Ordinal))"),
        Bug(Configuration, "page-bits-not-compared", "slip", "a stream of another page size is loaded",
            "if (pageBits != int.Log2(machine.PageSizeBytes))", "if (pageBits < 10)"),
        Bug(Configuration, "capabilities-compared-one-way", "slip", "only capabilities that are on here are compared",
            "if (received.Contains(capability) != capabilities[capability])",
            "if (capabilities[capability] && !received.Contains(capability))"),
        Bug(Configuration, "unknown-capability-accepted", "slip", "a capability that nobody knows is ignored",
            "if (!MigrationCapabilities.StreamNames.Contains(name, StringComparer.Ordinal))", "if (name.Length == 0)"),
        Bug(Configuration, "uuid-not-compared", "slip", "a guest with another UUID is loaded",
            "if (machine.Uuid is { } local && local != uuid)", "if (machine.Uuid is { } local && local == Guid.Empty)"),
        Bug(Body, "uuid-in-wrong-byte-order", "slip", "the UUID is read in the byte order of the host",
            "uuid = new(source[..UuidBytes], bigEndian: true);", "uuid = new(source[..UuidBytes], bigEndian: false);"),
        Bug(Configuration, "newer-configuration-subsection-accepted", "slip", "a subsection of a newer version is read as the old one",
            "ReadHeaderAsync(Name, name, 1, 1)", "ReadHeaderAsync(Name, name, 1, 2)"),
        Bug(BlockList, "block-error-overwritten", "9.2 #62", "an error in the block list is forgotten when another block follows",
            "if (Accept(block, length, address) is { } error)",
            "if (Accept(block, length, address) is { } error && length >= remaining)"),
        Bug(BlockList, "block-length-not-compared", "L15", "a block that is shorter here than at the source is loaded",
            "if (!resizable || rounded < length || rounded > (ulong)block.MaxLengthBytes)",
            "if (rounded < length)"),
        Bug(BlockList, "block-total-not-compared", "slip", "the blocks may exceed the total that was announced",
            "if (length > remaining)\n            {", "if (length > remaining && remaining == 0)\n            {"),
        Bug(BlockList, "ignore-shared-address-not-read", "9.2 #48", "the guest address behind each block is not read",
            "consumed += addressBytes;", "consumed += mappedRam is null ? addressBytes : 0;"),
    ];
}
