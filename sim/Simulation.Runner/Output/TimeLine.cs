using Simulation.Engine.Tracing;
using Simulation.Scenarios;
using Simulation.Scenarios.Observing;
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
            if (!withSteps && (IsScheduling(happened.Kind) || IsOfMonitor(happened)))
                continue;
            string who = Markup.Escape(names[happened.TaskId].PadRight(width));
            string what = Markup.Escape(withSteps ? TraceText.What(happened) : Say(happened));
            string colour = ColourOf(happened.Kind);
            console.MarkupLine(
                $"[grey]{TraceText.Time(happened.TimeNanoseconds),14}[/]  {who}  [{colour}]{what}[/]");
        }
    }

    private static bool IsScheduling(TraceKind kind) =>
        kind == TraceKind.Step || kind == TraceKind.Decision || kind == TraceKind.Drawn || kind == TraceKind.Spawned;

    // What a monitor asks and hears is told line by line; its bytes add nothing.
    private static bool IsOfMonitor(in TraceEvent happened) =>
        (happened.Kind == TraceKind.Delivered || happened.Kind == TraceKind.Read || happened.Kind == TraceKind.EndDelivered
            || happened.Kind == TraceKind.ShutDown) && happened.A >= 2 * ScenarioRunner.FirstMonitorConnection;

    private static string Say(in TraceEvent happened) =>
        happened.Kind == ScenarioTraceKinds.Status ? $"status {happened.Text}"
        : happened.Kind == ScenarioTraceKinds.Asked ? $"monitor asks {(MonitorCommand)happened.A}"
        : TraceText.What(happened);

    private static string ColourOf(TraceKind kind) =>
        kind == TraceKind.Fault || kind == TraceKind.ConnectionReset || kind == TraceKind.WallClockJumped ? "red"
        : kind.Id >= FirstKindOfTheScenario ? "default"
        : "grey";
}
