using System.Diagnostics;
using System.Globalization;
using Simulation.Runner.Output;
using Spectre.Console;

namespace Simulation.Runner.Refereeing;

/// <summary>A session as a user sees it: progress while it goes on, disagreements as they come, a table and an exit code.</summary>
/// <param name="qemu">The real destination.</param>
/// <param name="jobs">How many cases at a time.</param>
/// <param name="folder">Where disagreements are kept.</param>
/// <param name="json">One JSON object a case on stdout; all else on stderr.</param>
internal sealed class RefereeSession(QemuProgram qemu, int jobs, string folder, bool json)
{
    private const int RefreshMilliseconds = 200;

    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private readonly RefereeTally _tally = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shownMilliseconds;

    /// <summary>Hears the cases.</summary>
    /// <param name="cases">Makes them.</param>
    /// <param name="limit">After how long no new one begins, or null.</param>
    /// <returns>An exit code.</returns>
    public int Run(IEnumerable<Func<RefereeCase>> cases, TimeSpan? limit)
    {
        using StopSignal stop = new();
        Task session = new RefereeCourt(qemu, jobs).RunAsync(cases, limit, Tell, stop.Token);
        if (!json && _console.Profile.Out.IsTerminal)
            _console.Status().Start("starting", context => ShowUntil(session, context));
        session.GetAwaiter().GetResult();
        RefereeReport.Write(_console, _tally, qemu, Stopwatch.GetElapsedTime(_started), jobs);
        return Conclude();
    }

    private int Conclude()
    {
        if (_tally.Findings.Count > 0)
            Console.Error.WriteLine(CommandText.Referee([.. _tally.Findings[0].Case!.Arguments, .. qemu.Arguments]));
        else if (_tally.FirstFailure?.Case is { } failed)
            Console.Error.WriteLine(CommandText.Referee([.. failed.Arguments, .. qemu.Arguments]));
        return _tally.Failures > 0 ? ExitCode.HarnessFailed : _tally.Findings.Count > 0 ? ExitCode.Violated : ExitCode.Passed;
    }

    private void Tell(JudgedCase judged)
    {
        lock (_tally)
            _tally.Add(judged);
        if (json)
            Console.Out.WriteLine(RefereeLine.Of(judged).ToJson());
        if (judged.Failure is { } failure)
            _console.MarkupLineInterpolated($"[red]harness failed[/]: {judged.Case?.Name}: {failure}");
        else if (judged.Ruling is { IsFinding: true } ruling)
            _console.MarkupLineInterpolated(
                $"[red]{RefereeReport.NameOf(ruling.Blame)}[/]: {judged.Case!.Name}: {ruling.Disagreement} ({Keep(judged.Case, ruling)})");
    }

    // The bytes outlive changes of what a seed draws.
    private string Keep(RefereeCase found, Ruling ruling)
    {
        string path = Path.Combine(folder, string.Concat(found.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')));
        CaseFolder.Write(path, found, ruling.Disagreement, qemu.Version);
        return path;
    }

    private void ShowUntil(Task session, StatusContext context)
    {
        while (!session.Wait(RefreshMilliseconds))
        {
            long now = Environment.TickCount64;
            if (now - _shownMilliseconds < RefreshMilliseconds)
                continue;
            _shownMilliseconds = now;
            double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
            lock (_tally)
                context.Status(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_tally.Cases:N0} streams, {_tally.Cases / seconds:N0} a second, {_tally.Findings.Count} disagreements"));
        }
    }
}
