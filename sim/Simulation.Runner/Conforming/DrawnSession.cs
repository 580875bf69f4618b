using System.Diagnostics;
using System.Globalization;
using Simulation.Conformance;
using Simulation.Conformance.Drawn;
using Simulation.Runner.Commands;
using Simulation.Runner.Output;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;
using Spectre.Console;

namespace Simulation.Runner.Conforming;

/// <summary>Drawn scenarios for a program under test, as a user sees them: progress, findings as they come, a table, an exit code.</summary>
/// <param name="trial">The program.</param>
/// <param name="json">One JSON object a scenario on stdout; all else on stderr.</param>
internal sealed class DrawnSession(DrawnTrial trial, bool json)
{
    private const int RefreshMilliseconds = 200;

    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private readonly DrawnTally _tally = new();

    /// <summary>Plays one scenario.</summary>
    /// <param name="run">The scenario.</param>
    /// <returns>An exit code.</returns>
    public int Play(Replayable run)
    {
        if (!json)
            Console.Out.WriteLine(string.Join('\n', [.. ScenarioSummary.Lines(run.Options), ""]));
        DrawnVerdict verdict = trial.JudgeAsync(run.Options, run.Name).GetAwaiter().GetResult();
        _tally.Add(verdict);
        if (json)
            Console.Out.WriteLine(DrawnLine.Of(trial.Program, verdict).ToJson());
        else
            DrawnReport.WriteVerdict(_console, trial.Program, verdict);
        return Conclude();
    }

    /// <summary>Plays a range of seeds.</summary>
    /// <param name="from">The first seed.</param>
    /// <param name="count">How many, or null.</param>
    /// <param name="limit">After how long no new one begins, or null.</param>
    /// <param name="jobs">Programs at a time.</param>
    /// <returns>An exit code.</returns>
    public int Run(ulong from, long? count, TimeSpan? limit, int jobs)
    {
        long started = Stopwatch.GetTimestamp();
        using StopSignal stop = new();
        Task session = new Lanes(jobs).RunAsync(Seeds(from, count).Select(Judge), limit, Tell, stop.Token);
        if (!json && _console.Profile.Out.IsTerminal)
            _console.Status().Start("starting", context => ShowUntil(session, context, started));
        session.GetAwaiter().GetResult();
        DrawnReport.Write(_console, trial.Program, _tally, Stopwatch.GetElapsedTime(started), jobs);
        return Conclude();
    }

    private static IEnumerable<ulong> Seeds(ulong from, long? count)
    {
        for (long i = 0; count is null || i < count; i++)
            yield return unchecked(from + (ulong)i);
    }

    private Func<Task<DrawnVerdict>> Judge(ulong seed) => () => trial.JudgeAsync(ScenarioOptions.Draw(seed), new ReplayToken(seed).ToString());

    private void Tell(DrawnVerdict verdict)
    {
        lock (_tally)
            _tally.Add(verdict);
        if (json)
            Console.Out.WriteLine(DrawnLine.Of(trial.Program, verdict).ToJson());
        else if (verdict.Outcome is DrawnOutcome.New or DrawnOutcome.HarnessFailed)
            DrawnReport.WriteVerdict(_console, trial.Program, verdict);
    }

    private int Conclude()
    {
        DrawnVerdict? first = _tally.FirstFailure ?? (_tally.News.Count > 0 ? _tally.News[0] : null);
        if (first is not null)
            Console.Error.WriteLine(DrawnReport.CommandFor(trial.Program, first));
        return _tally.FirstFailure is not null ? ExitCode.HarnessFailed
            : _tally.News.Count + _tally.ByFault.Count > 0 ? ExitCode.Violated : ExitCode.Passed;
    }

    private void ShowUntil(Task session, StatusContext context, long started)
    {
        while (!session.Wait(RefreshMilliseconds))
        {
            lock (_tally)
            {
                context.Status(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_tally.Scenarios:N0} scenarios, {_tally.Scenarios / Stopwatch.GetElapsedTime(started).TotalSeconds:N1} a second, {_tally.News.Count} new findings"));
            }
        }
    }
}
