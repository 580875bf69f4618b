using Fuzzing.Engine.Coverage;

namespace Fuzzing.Instrumentation;

/// <summary>Instrumented assemblies as files, for engines that compile them further.</summary>
public static class InstrumentedFolder
{
    /// <summary>Writes instrumented copies.</summary>
    /// <param name="names">Simple names of the assemblies.</param>
    /// <param name="source">The folder with the assemblies.</param>
    /// <param name="destination">The folder to write, made when it is not there.</param>
    /// <returns>How many counters they have in all.</returns>
    public static int Write(IReadOnlyList<string> names, string source, string destination)
    {
        Directory.CreateDirectory(destination);
        int counters = 0;
        foreach (string name in names)
        {
            InstrumentedAssembly made = Instrumenter.Instrument(File.ReadAllBytes(Path.Combine(source, name + ".dll")), null, source);
            WriteIfNew(Path.Combine(destination, name + ".dll"), made.Image);
            counters += CounterRegion.Padded(made.Map.Blocks.Count);
        }
        return counters;
    }

    // A file that stays as it is need not be compiled again.
    private static void WriteIfNew(string file, byte[] image)
    {
        if (!File.Exists(file) || !File.ReadAllBytes(file).AsSpan().SequenceEqual(image))
            File.WriteAllBytes(file, image);
    }
}
