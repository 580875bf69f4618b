using System.Runtime.InteropServices;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>The targets as native code: instruments the destination, compiles everything, links it with an engine.</summary>
internal static class NativeProgram
{
    private const string Name = "fuzz-native";

    /// <summary>Builds.</summary>
    /// <param name="room">The folder for the binaries.</param>
    /// <param name="targets">The targets.</param>
    /// <param name="engine">What the linker takes in for the engine, by the number of counters.</param>
    /// <returns>The binaries, one a target: each fuzzes the target that it is named like.</returns>
    /// <exception cref="HarnessFailureException">The build failed.</exception>
    public static IEnumerable<string> Build(string room, IReadOnlyList<string> targets, Func<int, IEnumerable<string>> engine)
    {
        string instrumented = Path.Combine(Folders.Artifacts, "native");
        int counters = InstrumentedFolder.Write(FuzzedAssemblies.Names, AppContext.BaseDirectory, instrumented);
        string work = Path.Combine(room, "build");
        Directory.CreateDirectory(work);
        string arguments = Path.Combine(work, "link.rsp");
        File.WriteAllLines(arguments, engine(counters).Select(argument => $"\"{argument}\""));
        Tools.RunQuietly(
            "dotnet", "publish", Folders.NativeProject, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
            "-o", Path.Combine(work, "publish"), $"-p:InstrumentedFolder={instrumented}", $"-p:EngineArguments=@{arguments}",
            $"-p:NativeOutputPath={work}{Path.DirectorySeparatorChar}", "-v", "q");
        foreach (string target in targets)
        {
            string binary = Path.Combine(room, target);
            File.Copy(Path.Combine(work, "publish", Name), binary, overwrite: true);
            yield return binary;
        }
    }
}
