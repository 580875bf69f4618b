using System.Diagnostics;

namespace Fuzzing.Runner.Engines;

/// <summary>Programs of others that engines need.</summary>
internal static class Tools
{
    /// <summary>Requires a program on PATH.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="packages">The Debian packages that have it and what goes with it.</param>
    /// <exception cref="HarnessFailureException">It is not there.</exception>
    public static void Require(string program, string packages)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, program))))
            throw new HarnessFailureException($"'{program}' is not on PATH: install the Debian packages {packages}");
    }

    /// <summary>Runs a program whose output goes where ours goes.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables to set.</param>
    /// <returns>Its exit code.</returns>
    public static int Run(string program, IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        ProcessStartInfo start = new(program, arguments);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Runs a program that must succeed, and says nothing unless it fails.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="HarnessFailureException">It failed.</exception>
    public static void RunQuietly(string program, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new HarnessFailureException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}: {output}{errors.Result}");
    }
}
