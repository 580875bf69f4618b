using System.Diagnostics;
using System.Globalization;
using Simulation.Conformance;
using Simulation.Runner.Output;
using Spectre.Console;

namespace Simulation.Runner.Refereeing;

/// <summary>A session as a user sees it: progress while it goes on, disagreements as they come, a table and an exit code.</summary>
/// <param name="qemus">The real destinations.</param>
/// <param name="jobs">How many cases at a time.</param>
/// <param name="folder">Where disagreements are kept.</param>
/// <param name="json">One JSON object a case on stdout; all else on stderr.</param>
internal sealed class RefereeSession(IReadOnlyList<QemuProgram> qemus, int jobs, string folder, bool json)
{
    private const int RefreshMilliseconds = 200;

    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private readonly RefereeTally[] _tallies = [.. qemus.Select(qemu => new RefereeTally(qemu))];
    private readonly long _started = Stopwatch.GetTimestamp();
    private long _shownMilliseconds;

    /// <summary>Hears the cases.</summary>
    /// <param name="cases">Makes them.</param>
    /// <param name="limit">After how long no new one begins, or null.</param>
    /// <returns>An exit code.</returns>
    public int Run(IEnumerable<Func<RefereeCase>> cases, TimeSpan? limit)
    {
        using StopSignal stop = new();
        Task session = new RefereeCourt(qemus, jobs).RunAsync(cases, limit, Tell, stop.Token);
        if (!json && _console.Profile.Out.IsTerminal)
            _console.Status().Start("starting", context => ShowUntil(session, context));
        session.GetAwaiter().GetResult();
        RefereeReport.Write(_console, _tallies, Stopwatch.GetElapsedTime(_started), jobs);
        return Conclude();
    }

    private int Conclude()
    {
        JudgedCase? finding = _tallies.SelectMany(tally => tally.Findings).FirstOrDefault();
        JudgedCase? failed = _tallies.Select(tally => tally.FirstFailure).FirstOrDefault(failure => failure is not null);
        if ((finding ?? failed)?.Case is not null)
            Console.Error.WriteLine(CommandLines.Referee([.. (finding ?? failed)!.Arguments]));
        return failed is not null ? ExitCode.HarnessFailed : finding is not null ? ExitCode.Violated : ExitCode.Passed;
    }

    private void Tell(JudgedCase judged)
    {
        lock (_tallies)
            _tallies.Single(tally => tally.Qemu == judged.Qemu).Add(judged);
        if (json)
            Console.Out.WriteLine(RefereeLine.Of(judged).ToJson());
        if (judged.Failure is { } failure)
            _console.MarkupLineInterpolated($"[red]harness failed[/]: {judged.Case?.Name}: {failure}");
        else if (judged.Ruling is { Disagreement.Length: > 0, Blame: not (Blame.KnownDeviation or Blame.Unsupported) } ruling)
        {
            string colour = ruling.IsFinding ? "red" : "yellow";
            _console.MarkupLineInterpolated(
                $"[{colour}]{RefereeReport.NameOf(ruling.Blame)}[/]: {judged.Case!.Name}: {ruling.Disagreement} ({Keep(judged, ruling)})");
        }
    }

    // The bytes outlive changes of what a seed draws.
    private string Keep(JudgedCase found, Ruling ruling)
    {
        string name = string.Concat(found.Case!.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        string path = Path.Combine(folder, qemus.Count == 1 ? name : $"{name}-{qemus.TakeWhile(qemu => qemu != found.Qemu).Count() + 1}");
        CaseFolder.Write(path, found.Case, ruling.Disagreement, found.Qemu.Version);
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
            lock (_tallies)
            {
                long cases = _tallies[^1].Cases;
                context.Status(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{cases:N0} streams, {cases / seconds:N0} a second, {_tallies.Sum(tally => tally.Findings.Count)} disagreements"));
            }
        }
    }
}
