namespace Fuzzing.Runner.Workers;

/// <summary>A worker from its start to its end, for what is done in one go.</summary>
internal static class WorkerRun
{
    /// <summary>Runs a worker.</summary>
    /// <param name="request">What it does.</param>
    /// <param name="timeout">How long it may take.</param>
    /// <returns>Its exit code, its lines split at tabs, and what it said on standard error.</returns>
    public static (int ExitCode, List<string[]> Lines, string Errors) ToEnd(WorkerRequest request, TimeSpan timeout)
    {
        using WorkerProcess worker = new(request);
        using Timer limit = new(_ => worker.Kill(), null, timeout, Timeout.InfiniteTimeSpan);
        List<string[]> lines = [];
        while (worker.Output.ReadLine() is { } line)
            lines.Add(line.Split('\t'));
        string errors = worker.Errors;
        File.Delete(request.StatusFile);
        return (worker.ExitCode, lines, errors);
    }

    /// <summary>Runs a worker that must not fail.</summary>
    /// <param name="request">What it does.</param>
    /// <returns>Its last line.</returns>
    /// <exception cref="HarnessFailureException">It failed.</exception>
    public static string[] ToLastLine(WorkerRequest request)
    {
        (int exitCode, List<string[]> lines, string errors) = ToEnd(request, TimeSpan.FromHours(1));
        return exitCode is ExitCode.Passed or ExitCode.Finding && lines.Count > 0
            ? lines[^1] : throw new HarnessFailureException($"the worker ended with {exitCode}: {errors}");
    }
}
