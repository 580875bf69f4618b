using Simulation.Engine;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Runner.Output;
using Simulation.Schedules.Findings;
using Spectre.Console;

namespace Simulation.Runner.Schedules;

/// <summary>A finding of a search for schedules, done again from its file.</summary>
internal static class ScheduleReplay
{
    /// <summary>Reads a finding.</summary>
    /// <param name="path">What the user wrote.</param>
    /// <returns>The finding; null when this is no file of one.</returns>
    public static ScheduleCase? TryOpen(string path) => File.Exists(path) ? ScheduleCase.TryParse(File.ReadAllText(path)) : null;

    /// <summary>Does a finding again and writes what it shows.</summary>
    /// <param name="found">The finding.</param>
    /// <param name="json">One JSON object instead of text for people.</param>
    /// <returns>An exit code.</returns>
    /// <exception cref="FormatException">The bug planted in it is none.</exception>
    public static int Do(ScheduleCase found, bool json)
    {
        PlantedBug? bug = found.Bug is null ? null
            : BugCatalogue.Find(found.Bug) ?? throw new FormatException($"there is no bug '{found.Bug}'");
        try
        {
            using ScheduleWorld world = bug is null ? new() : new(bug, new DestinationCompiler());
            ScheduleSearchResult result = new ScheduleFinder(world).Replay(found);
            Write(found, result, json);
            return result.Property is null ? ExitCode.Passed : ExitCode.Violated;
        }
        catch (HarnessException broken)
        {
            Console.Error.WriteLine($"simulate: {broken.Message}");
            return ExitCode.HarnessFailed;
        }
    }

    private static void Write(ScheduleCase found, ScheduleSearchResult result, bool json)
    {
        if (json)
        {
            ScheduleQuest quest = new(found.Host, found.Model, found.Bug, found.Strategy, found.Seed, 1);
            ScheduleCase? again = result.Property is null ? null : found with { Property = result.Property, Message = result.Message! };
            Console.Out.WriteLine(ScheduleLine.Of(new ScheduleOutcome(quest, 1, TimeSpan.Zero, result.TraceHash, again), null).ToJson());
            return;
        }

        string colour = result.Property is null ? "green" : "red";
        string verdict = result.Property is null ? "passed" : $"{result.Property}: {result.Message}";
        Consoles.Output.MarkupLine($"[{colour}]{Markup.Escape(verdict)}[/]");
        if (found.Schedule is not null)
            Consoles.Output.MarkupLineInterpolated($"{found.Schedule}, trace {result.TraceHash:x16}");
    }
}
