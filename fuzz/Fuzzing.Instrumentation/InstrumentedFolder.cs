namespace Fuzzing.Instrumentation;

/// <summary>Instrumented assemblies as files, for engines that compile them further.</summary>
public static class InstrumentedFolder
{
    /// <summary>Writes instrumented copies.</summary>
    /// <param name="source">The folder with the assemblies.</param>
    /// <param name="destination">The folder to write, made when it is not there.</param>
    public static void Write(string source, string destination)
    {
        Directory.CreateDirectory(destination);
        foreach (string name in InstrumentedContext.Instrumented)
        {
            InstrumentedAssembly made = Instrumenter.Instrument(File.ReadAllBytes(Path.Combine(source, name + ".dll")), null, source);
            File.WriteAllBytes(Path.Combine(destination, name + ".dll"), made.Image);
        }
    }
}
