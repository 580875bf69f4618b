using System.Diagnostics;
using System.Globalization;
using Simulation.Conformance;
using Simulation.Conformance.UnderTest;
using Simulation.Runner.Output;
using Spectre.Console;

namespace Simulation.Runner.Conforming;

/// <summary>A run of <c>simulate conform</c> as a user sees it: progress, a table, what was violated and how to see it, an exit code.</summary>
/// <param name="programs">The programs under test.</param>
/// <param name="rows">The rows of the table.</param>
/// <param name="seed">Decides where connections are cut.</param>
/// <param name="json">One JSON object a result on stdout; all else on stderr.</param>
internal sealed class ConformSession(IReadOnlyList<IDestinationProgram> programs, IReadOnlyList<ConformanceCase> rows, ulong seed, bool json)
{
    private const int RefreshMilliseconds = 200;

    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private readonly List<ConformanceResult> _results = [];

    /// <summary>Plays the rows.</summary>
    /// <param name="times">How often one is played that timing decides.</param>
    /// <param name="jobs">Programs at a time.</param>
    /// <returns>An exit code.</returns>
    public int Run(int times, int jobs)
    {
        long started = Stopwatch.GetTimestamp();
        using StopSignal stop = new();
        Task session = new ConformanceSuite(programs, times, jobs).RunAsync(rows, Tell, stop.Token);
        if (!json && _console.Profile.Out.IsTerminal)
            _console.Status().Start("starting", context => ShowUntil(session, context));
        session.GetAwaiter().GetResult();
        ConformReport.Write(_console, programs, rows, _results, seed);
        _console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{rows.Count} rows, {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s, {jobs} programs at a time"));
        return _results.Any(result => result.Verdict == ConformanceVerdict.HarnessFailed) ? ExitCode.HarnessFailed
            : _results.Any(result => result.Verdict == ConformanceVerdict.Fail) ? ExitCode.Violated : ExitCode.Passed;
    }

    private void Tell(ConformanceResult result)
    {
        lock (_results)
            _results.Add(result);
        if (json)
            Console.Out.WriteLine(ConformLine.Of(result, ConformReport.CommandFor(result, seed)).ToJson());
    }

    private void ShowUntil(Task session, StatusContext context)
    {
        int all = rows.Count * programs.Count;
        while (!session.Wait(RefreshMilliseconds))
        {
            lock (_results)
            {
                int done = _results.DistinctBy(result => (result.Case, result.Program)).Count();
                context.Status(string.Create(CultureInfo.InvariantCulture, $"{done} of {all} migrations"));
            }
        }
    }
}
