using static Simulation.PlantedBugs.Catalogue.BugCatalogue;

namespace Simulation.PlantedBugs.Catalogue;

/// <summary>Bugs that end the process of the run, or keep its thread for ever: only from outside that can be seen.</summary>
internal static class LethalBugs
{
    private const string Memory = "src/Qemu.Migration.Destination/Memory/GuestMemory.cs";

    private const string Clearing =
        """
        if (content.ContainsAnyExcept((byte)0))
                    content.Clear();
        """;

    public static PlantedBug[] All { get; } =
    [
        Bug(Memory, "zero-page-overflows-the-stack", "slip", "clearing a page that is not zero calls itself",
            Clearing, "if (content.ContainsAnyExcept((byte)0)) ClearUnlessZero(block, page);"),
        Bug(Memory, "zero-page-written-far-away", "slip", "a page that is not zero is cleared somewhere else",
            Clearing, "if (content.ContainsAnyExcept((byte)0)) new Span<byte>((byte*)0x5550_0000_0000, content.Length).Clear();"),
        Bug(Memory, "zero-page-looked-at-for-ever", "slip", "a page that is not zero is waited for to become it",
            Clearing, "while (content.ContainsAnyExcept((byte)0)) { }", BugKind.Hang),
    ];
}
