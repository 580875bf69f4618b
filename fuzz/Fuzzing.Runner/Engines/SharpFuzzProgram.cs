using Fuzzing.Targets;
using SharpFuzz;

namespace Fuzzing.Runner.Engines;

/// <summary>The program that runs a target under SharpFuzz, with assemblies that SharpFuzz has instrumented.</summary>
internal static class SharpFuzzProgram
{
    /// <summary>The source of the libFuzzer driver.</summary>
    public static string DriverSource => Path.Combine(Path.GetDirectoryName(Folders.SharpFuzzProject)!, "driver.c");

    /// <summary>The program in a folder.</summary>
    /// <param name="room">The folder.</param>
    public static string In(string room) => Path.Combine(room, "program", "fuzz-sharpfuzz");

    /// <summary>Publishes the program and instruments what is under test, in place.</summary>
    /// <param name="room">The folder.</param>
    /// <returns>The program.</returns>
    /// <exception cref="HarnessFailureException">The build failed.</exception>
    public static string Build(string room)
    {
        string folder = Path.Combine(room, "program");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Tools.RunQuietly("dotnet", "publish", Folders.SharpFuzzProject, "-c", "Release", "-o", folder, "-v", "q");
        foreach (string name in FuzzedAssemblies.Names)
            Fuzzer.Instrument(Path.Combine(folder, name + ".dll"), _ => true, Options.Value);
        return In(room);
    }
}
