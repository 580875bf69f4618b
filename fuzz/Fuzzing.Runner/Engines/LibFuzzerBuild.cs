using System.Runtime.InteropServices;
using Fuzzing.Instrumentation;

namespace Fuzzing.Runner.Engines;

/// <summary>Builds the libFuzzer binaries: instruments the destination, compiles everything to native code, links it with libFuzzer.</summary>
internal static class LibFuzzerBuild
{
    private const string Packages = "clang and libclang-rt-14-dev";

    /// <summary>The binary of a target.</summary>
    /// <param name="target">Its name.</param>
    public static string Binary(string target) => Path.Combine(Folders.Artifacts, "libfuzzer", target);

    /// <summary>Builds.</summary>
    /// <param name="targets">The targets.</param>
    /// <returns>The binaries.</returns>
    /// <exception cref="HarnessFailureException">A tool is missing or fails.</exception>
    public static IEnumerable<string> Run(IReadOnlyList<string> targets)
    {
        Tools.Require("clang", Packages);
        string work = Path.Combine(Folders.Artifacts, "native");
        string instrumented = Path.Combine(work, "instrumented");
        InstrumentedFolder.Write(AppContext.BaseDirectory, instrumented);
        Tools.RunQuietly(
            "dotnet", "publish", Folders.NativeProject, "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier,
            "-o", Path.Combine(work, "publish"), $"-p:InstrumentedFolder={instrumented}", "-v", "q");
        foreach (string target in targets)
        {
            string binary = Binary(target);
            Directory.CreateDirectory(Path.GetDirectoryName(binary)!);
            File.Copy(Path.Combine(work, "publish", "fuzz-native"), binary, overwrite: true);
            yield return binary;
        }
    }
}
