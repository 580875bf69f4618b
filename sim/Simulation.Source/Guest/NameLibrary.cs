using Bogus;
using Simulation.Engine.Choices;

namespace Simulation.Source.Guest;

/// <summary>Names as people give them to machines and devices: made once per process, the same in every process.</summary>
public static class NameLibrary
{
    private const int NameCount = 64;
    private const int NameSeed = 20261130;

    private static readonly string[] Models =
        ["virtio-net", "virtio-net-pci", "virtio-blk", "e1000", "e1000e", "vga", "fdc", "ahci", "i8042", "mc146818rtc", "serial"];

    private static readonly string[] Machines =
        ["pc-i440fx-10.0", "pc-i440fx-7.2", "pc-q35-9.2", "pc-q35-11.1", "virt-10.1", "pseries-8.1", "pc-q35-rhel9.6.0", "pc-i440fx-noble"];

    private static readonly string[] Words = Build();

    /// <summary>The name of a host, of a disk, of whatever somebody has named.</summary>
    /// <param name="random">Draws it.</param>
    /// <returns>A word of lower case letters and hyphens.</returns>
    public static string Word(Prng random) => random.Pick<string>(Words);

    /// <summary>The model of a device, or a model that nobody has heard of.</summary>
    /// <param name="random">Draws it.</param>
    /// <returns>At most some 40 characters.</returns>
    public static string Device(Prng random) => random.NextInt(4) > 0 ? random.Pick<string>(Models) : $"{Word(random)}-{random.Pick<string>(Models)}";

    /// <summary>The name of a machine type that has a version.</summary>
    /// <param name="random">Draws it.</param>
    /// <returns>As <c>pc-q35-9.2</c>.</returns>
    public static string Machine(Prng random) => random.Pick<string>(Machines);

    private static string[] Build()
    {
        Faker faker = new() { Random = new Randomizer(NameSeed) };
        SortedSet<string> words = new(StringComparer.Ordinal);
        while (words.Count < NameCount)
            words.Add(faker.Internet.DomainWord());
        return [.. words];
    }
}
