namespace Simulation.PlantedBugs.Generating;

/// <summary>The mutants of which somebody has proved that they change nothing that can be seen: a file of lines
/// <c>id | place | change | proof</c>.</summary>
public static class EquivalentMutants
{
    private const string Resource = "equivalent-mutants.txt";

    /// <summary>All of them: proofs by ids.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = Read();

    private static SortedDictionary<string, string> Read()
    {
        using Stream stream = typeof(EquivalentMutants).Assembly.GetManifestResourceStream(Resource)!;
        using StreamReader reader = new(stream);
        SortedDictionary<string, string> all = new(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] parts = line.Split(" | ");
            if (parts.Length < 4)
                throw new FormatException($"'{line}' is not: id | place | change | proof");
            all.Add(parts[0], parts[^1]);
        }

        return all;
    }
}
