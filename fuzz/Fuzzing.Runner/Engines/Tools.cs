using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Fuzzing.Runner.Engines;

/// <summary>Programs of others that engines need.</summary>
internal static class Tools
{
    /// <summary>Requires a program on PATH.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="packages">The Debian packages that have it and what goes with it.</param>
    /// <returns>Its path, links followed.</returns>
    /// <exception cref="HarnessFailureException">It is not there.</exception>
    public static string Require(string program, string packages)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
            ?? throw new HarnessFailureException($"'{program}' is not on PATH: install the Debian packages {packages}");
    }

    /// <summary>Requires clang with libFuzzer.</summary>
    /// <exception cref="HarnessFailureException">One of them is not there.</exception>
    public static void RequireLibFuzzer()
    {
        const string packages = "clang and libclang-rt-dev";
        Require("clang", packages);
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";

        // Newer versions of clang have a folder for each architecture, and the name without it.
        string[] names = [$"libclang_rt.fuzzer-{architecture}.a", "libclang_rt.fuzzer.a"];
        if (!Array.Exists(names, name => Path.IsPathRooted(RunQuietly("clang", $"-print-file-name={name}").Trim())))
            throw new HarnessFailureException($"clang has no libFuzzer here: install the Debian packages {packages}");
    }

    /// <summary>Runs a program whose output goes where ours goes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Its exit code.</returns>
    public static int Run(string program, IEnumerable<string> arguments) => RunAll(program, [[.. arguments]], [])[0];

    /// <summary>Runs a program several times at once.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">The arguments of each.</param>
    /// <param name="environment">Variables to set.</param>
    /// <returns>The exit codes.</returns>
    public static int[] RunAll(string program, IEnumerable<string[]> arguments, IReadOnlyList<(string Name, string Value)> environment)
    {
        Process[] processes = [.. arguments.Select(each =>
        {
            ProcessStartInfo start = new(program, each);
            start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
            foreach ((string name, string value) in environment)
                start.Environment[name] = value;
            return Process.Start(start)!;
        })];
        return [.. processes.Select(process =>
        {
            using (process)
            {
                process.WaitForExit();
                return process.ExitCode;
            }
        })];
    }

    /// <summary>Runs a program that must succeed, and says nothing unless it fails.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What it said.</returns>
    /// <exception cref="HarnessFailureException">It failed.</exception>
    public static string RunQuietly(string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new HarnessFailureException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {output}{errors.Result}");
    }
}
