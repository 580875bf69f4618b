using System.Globalization;
using Simulation.Conformance;
using Simulation.Conformance.Drawn;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What <c>run</c>, <c>range</c> and <c>replay</c> say of a program under test.</summary>
internal static class DrawnReport
{
    /// <summary>Writes what is said of one scenario.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="program">The program.</param>
    /// <param name="verdict">What is said.</param>
    public static void WriteVerdict(IAnsiConsole console, IDestinationProgram program, DrawnVerdict verdict)
    {
        string colour = verdict.Outcome switch
        {
            DrawnOutcome.Held => "green",
            DrawnOutcome.NotApplicable => "yellow",
            _ => "red",
        };
        string fault = verdict.KnownFault is { } known ? $" {known}" : "";
        string property = verdict.Property is { } violated ? $", {violated.Name}" : "";
        string message = verdict.Message.Length > 0 ? $": {verdict.Message}" : "";
        console.MarkupLine($"{Markup.Escape(program.Name)}, {verdict.Name}: [{colour}]{NameOf(verdict.Outcome)}[/]{Markup.Escape(fault + property + message + RateOf(verdict))}");
    }

    /// <summary>Writes the table of a campaign.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="program">The program.</param>
    /// <param name="tally">What was seen.</param>
    /// <param name="elapsed">Wall-clock time.</param>
    /// <param name="jobs">Programs at a time.</param>
    public static void Write(IAnsiConsole console, IDestinationProgram program, DrawnTally tally, TimeSpan elapsed, int jobs)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("").AddColumn("").AddColumn("");
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Row("program", program.Version);
        Row("scenarios", Count(tally.Scenarios), string.Create(
            CultureInfo.InvariantCulture, $"{seconds:F1} s, {jobs} at a time, {tally.Scenarios / seconds:F1} a second"));
        Row("held", Count(tally.ByOutcome.GetValueOrDefault(DrawnOutcome.Held)));
        foreach ((string reason, long count) in tally.ByReason)
            Row("not applicable", Count(count), reason);
        foreach ((string fault, (long count, DrawnVerdict first)) in tally.ByFault)
            Row($"listed {fault}", Count(count), $"first: seed {first.Seed}, {first.Property!.Name}: {first.Message}\n{CommandFor(program, first)}");
        foreach (DrawnVerdict found in tally.News)
            Row("new", $"seed {found.Seed}", $"{found.Property!.Name}: {found.Message}{RateOf(found)}\n{CommandFor(program, found)}");
        Row("harness failures", Count(tally.ByOutcome.GetValueOrDefault(DrawnOutcome.HarnessFailed)));
        console.Write(table);

        void Row(string name, string value, string more = "") => table.AddRow(new Text(name), new Text(value), new Text(more));
    }

    /// <summary>The command that shows a verdict again.</summary>
    /// <param name="program">The program.</param>
    /// <param name="verdict">The verdict.</param>
    public static string CommandFor(IDestinationProgram program, DrawnVerdict verdict) => CommandLines.Replay(verdict.Name, program.Arguments);

    /// <summary>An outcome as the output names it.</summary>
    /// <param name="outcome">The outcome.</param>
    public static string NameOf(DrawnOutcome outcome) => outcome switch
    {
        DrawnOutcome.Held => "held",
        DrawnOutcome.NotApplicable => "not applicable",
        DrawnOutcome.Listed => "listed fault",
        DrawnOutcome.New => "new finding",
        _ => "harness failed",
    };

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string RateOf(DrawnVerdict verdict) => verdict.Runs < 2 || verdict.Violations == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $"; so in {verdict.Violations} of {verdict.Runs} runs");
}
