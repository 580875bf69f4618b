using Simulation.Engine.Tracing;
using Simulation.Scenarios;
using Simulation.Campaigns;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>The events of a run as lines: when, who, what.</summary>
internal static class TimeLine
{
    /// <summary>Ids below are the engine's (see <see cref="TraceKind"/>): the network, mostly.</summary>
    private const int FirstKindOfTheScenario = 100;

    /// <summary>Writes the events.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="result">A run that kept its events.</param>
    /// <param name="withSteps">Whether to show the scheduler's work as well.</param>
    public static void Write(IAnsiConsole console, RunResult result, bool withSteps)
    {
        IReadOnlyList<string> names = result.TaskNames;
        int width = names.Select(name => name.Length).DefaultIfEmpty().Max();
        foreach (TraceEvent happened in result.Trace)
        {
            if (!withSteps && IsScheduling(happened.Kind))
                continue;
            string who = Markup.Escape(names[happened.TaskId].PadRight(width));
            string what = Markup.Escape(TraceText.What(happened));
            string colour = ColourOf(happened.Kind);
            console.MarkupLine(
                $"[grey]{TraceText.Time(happened.TimeNanoseconds),14}[/]  {who}  [{colour}]{what}[/]");
        }
    }

    private static bool IsScheduling(TraceKind kind) =>
        kind == TraceKind.Step || kind == TraceKind.Decision || kind == TraceKind.Drawn;

    private static string ColourOf(TraceKind kind) =>
        kind == TraceKind.Fault || kind == TraceKind.ConnectionReset || kind == TraceKind.WallClockJumped ? "red"
        : kind.Id >= FirstKindOfTheScenario ? "default"
        : "grey";
}
