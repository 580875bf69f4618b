using System.Diagnostics;

namespace Simulation.Tests.Processes;

/// <summary>Runs <c>simulate</c> as it was built beside the tests. Waiting is bounded only so that a hang ends the test run.</summary>
internal static class SimulateProcess
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    public static Result Run(params string[] arguments) => Run(Start(arguments, null));

    public static Result RunIn(string folder, params string[] arguments) => Run(Start(arguments, folder));

    /// <summary>Runs a line that <c>simulate</c> printed, in a shell, as a user pastes it.</summary>
    public static Result RunLine(string folder, string line) => Run(Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        })!);

    public static Process Start(IEnumerable<string> arguments, string? folder) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "simulate"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        })!;

    public static Result Run(Process process)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                throw new InvalidOperationException($"simulate did not end: {errors.Result}");
            }

            return new(process.ExitCode, output.Result, errors.Result);
        }
    }

    public sealed record Result(int ExitCode, string Output, string Errors)
    {
        public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public string LastErrorLine => Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }
}
