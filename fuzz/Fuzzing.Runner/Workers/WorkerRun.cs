namespace Fuzzing.Runner.Workers;

/// <summary>How a worker went.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Lines">Its lines, split at tabs.</param>
/// <param name="Errors">What it said on standard error.</param>
/// <param name="WasSilent">Whether it was ended because it said nothing for too long.</param>
internal sealed record WorkerOutcome(int ExitCode, IReadOnlyList<string[]> Lines, string Errors, bool WasSilent);

/// <summary>A worker from its start to its end, for what is done in one go.</summary>
internal static class WorkerRun
{
    /// <summary>Runs a worker.</summary>
    /// <param name="request">What it does.</param>
    /// <param name="silence">How long it may say nothing.</param>
    /// <returns>How it went.</returns>
    public static WorkerOutcome ToEnd(WorkerRequest request, TimeSpan silence)
    {
        using WorkerProcess worker = new(request);
        bool wasSilent = false;
        using Timer limit = new(
            _ =>
            {
                wasSilent = true;
                worker.Kill();
            },
            null, silence, Timeout.InfiniteTimeSpan);
        List<string[]> lines = [];
        while (worker.Output.ReadLine() is { } line)
        {
            lines.Add(line.Split('\t'));
            limit.Change(silence, Timeout.InfiniteTimeSpan);
        }
        string errors = worker.Errors;
        File.Delete(request.StatusFile);
        return new(worker.ExitCode, lines, errors, wasSilent);
    }

    /// <summary>Runs a worker that must not fail.</summary>
    /// <param name="request">What it does.</param>
    /// <returns>Its last line.</returns>
    /// <exception cref="HarnessFailureException">It failed.</exception>
    public static string[] ToLastLine(WorkerRequest request)
    {
        WorkerOutcome outcome = ToEnd(request, TimeSpan.FromHours(1));
        return outcome.ExitCode is FuzzExitCode.Passed or FuzzExitCode.Finding && outcome.Lines.Count > 0
            ? outcome.Lines[^1] : throw new HarnessFailureException($"the worker ended with {outcome.ExitCode}: {outcome.Errors}");
    }
}
