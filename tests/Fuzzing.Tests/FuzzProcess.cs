using System.Diagnostics;

namespace Fuzzing.Tests;

/// <summary>Runs <c>fuzz</c> as it was built beside the tests. Waiting is bounded only so that a hang ends the test run.</summary>
internal static class FuzzProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static Result RunIn(string folder, params string[] arguments) =>
        WithPath(folder, Environment.GetEnvironmentVariable("PATH")!, arguments);

    public static Result WithPath(string folder, string path, params string[] arguments)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "fuzz"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["PATH"] = path;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"fuzz did not end: {errors.Result}");
        }
        return new(process.ExitCode, output.Result, errors.Result);
    }

    public sealed record Result(int ExitCode, string Output, string Errors)
    {
        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
