using System.Diagnostics;
using System.Globalization;
using Simulation.Campaigns;
using Simulation.Scenarios;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>The output of <c>run</c>, <c>replay</c> and <c>explain</c>: what is special about the scenario, the run, the verdict.</summary>
internal static class SingleRun
{
    /// <summary>Runs a scenario and writes about it.</summary>
    /// <param name="options">The scenario.</param>
    /// <param name="request">How to run it.</param>
    /// <param name="json">One JSON object instead of text for people.</param>
    /// <param name="reproduce">The command line that does this run again.</param>
    /// <param name="writeTrace">What to do with the events, or null.</param>
    /// <returns>An exit code.</returns>
    public static int Do(
        ScenarioOptions options, RunRequest request, bool json, string reproduce, Action<RunResult>? writeTrace = null)
    {
        if (!json)
            Console.Out.WriteLine(string.Join('\n', [.. ScenarioSummary.Lines(options), ""]));
        using ScenarioRunner runner = new();
        long started = Stopwatch.GetTimestamp();
        RunResult result = runner.Run(options, request);
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        writeTrace?.Invoke(result);
        if (json)
            Console.Out.WriteLine(RunLine.Of(JudgedRun.Of(result) with { Wall = wall }).ToJson());
        else
            WriteVerdict(Consoles.Output, result);
        if (result.Verdict != Verdict.Passed)
            Console.Error.WriteLine(reproduce);
        return ExitCode.Of(result.Verdict);
    }

    private static void WriteVerdict(IAnsiConsole console, RunResult result)
    {
        if (result.FirstDivergence is { } divergence)
            console.MarkupLineInterpolated($"[yellow]the schedule no longer fits[/]: {divergence}; from there on the seeded scheduler went on");
        string colour = result.Verdict == Verdict.Passed ? "green" : "red";
        string what = result.Verdict == Verdict.Passed ? "" : $" {result.Check ?? "(harness)"}: {result.Message}";
        console.MarkupLine($"[{colour}]{RunLine.NameOf(result.Verdict)}[/]{Markup.Escape(what)}");
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.FinalStatus} after {TraceText.Time(result.VirtualNanoseconds)} s, {result.Steps} steps, {result.Decisions} decisions, {result.Events} events, trace {result.TraceHash:x16}"));
    }
}
