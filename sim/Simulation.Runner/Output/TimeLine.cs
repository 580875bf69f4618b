using System.Globalization;
using Simulation.Engine.Tracing;
using Simulation.Scenarios.Campaigns;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>The events of a run as lines: when, who, what.</summary>
internal static class TimeLine
{
    /// <summary>Writes the events.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="trace">The events.</param>
    /// <param name="withSteps">Whether to show the scheduler's work as well.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<TraceEvent> trace, bool withSteps)
    {
        Dictionary<int, string> names = NamesOf(trace);
        int width = names.Values.Max(name => name.Length);
        foreach (TraceEvent happened in trace)
        {
            if (!withSteps && IsScheduling(happened.Kind))
                continue;
            string who = names.GetValueOrDefault(happened.TaskId) ?? happened.TaskId.ToString(CultureInfo.InvariantCulture);
            string what = Markup.Escape(TraceText.What(happened));
            string colour = ColourOf(happened.Kind);
            console.MarkupLine(
                $"[grey]{TraceText.Time(happened.TimeNanoseconds),14}[/]  {Markup.Escape(who).PadRight(width)}  [{colour}]{what}[/]");
        }
    }

    private static bool IsScheduling(TraceKind kind) =>
        kind == TraceKind.Step || kind == TraceKind.Decision || kind == TraceKind.Drawn;

    private static string ColourOf(TraceKind kind) =>
        kind == TraceKind.Fault || kind == TraceKind.ConnectionReset || kind == TraceKind.WallClockJumped ? "red"
        : kind.Id >= FirstKindOfTheScenario ? "default"
        : "grey";

    /// <summary>Ids below are the engine's (see <see cref="TraceKind"/>): the network, mostly.</summary>
    private const int FirstKindOfTheScenario = 100;

    private static Dictionary<int, string> NamesOf(IReadOnlyList<TraceEvent> trace)
    {
        Dictionary<int, string> names = new() { [0] = "(loop)" };
        foreach (TraceEvent happened in trace)
        {
            if (happened.Kind == TraceKind.Spawned)
                names[(int)happened.A] = happened.Text!;
        }

        return names;
    }
}
