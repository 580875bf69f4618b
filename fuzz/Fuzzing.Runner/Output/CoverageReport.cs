using System.Diagnostics;

namespace Fuzzing.Runner.Output;

/// <summary>Coverage as pages to read, by ReportGenerator, which lies beside this program.</summary>
internal static class CoverageReport
{
    /// <summary>Makes the pages.</summary>
    /// <param name="cobertura">A Cobertura file.</param>
    /// <param name="folder">Where to; <c>index.html</c> is the first page.</param>
    /// <exception cref="HarnessFailureException">The generator failed.</exception>
    public static void Write(string cobertura, string folder)
    {
        string generator = Path.Combine(AppContext.BaseDirectory, "reportgenerator", "ReportGenerator.dll");
        ProcessStartInfo start = new(
            "dotnet", [generator, $"-reports:{cobertura}", $"-targetdir:{folder}", "-reporttypes:Html;TextSummary", "-verbosity:Error"])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new HarnessFailureException($"ReportGenerator ended with {process.ExitCode}: {said.Trim()}");
    }
}
