namespace Simulation.PlantedBugs.Generating;

/// <summary>A bug made by a rule.</summary>
/// <param name="Bug">The edit; its id, <c>m-</c> and eight hexadecimal digits, does not change when lines above it do.</param>
/// <param name="Rule">The rule that made it.</param>
/// <param name="Line">The line of the change, from 1.</param>
/// <param name="Before">The lines that change, as they are.</param>
/// <param name="After">The same lines with the change.</param>
public sealed record Mutant(PlantedBug Bug, string Rule, int Line, string Before, string After)
{
    /// <summary>The change as a diff.</summary>
    /// <returns>Where it is, the lines without the change and with it.</returns>
    public string ToDiff() =>
        $"{Bug.Id}  {Bug.File}:{Line}  {Rule}\n{Marked('-', Before)}{Marked('+', After)}";

    private static string Marked(char mark, string lines) =>
        string.Concat(lines.Split('\n').Select(line => $"{mark} {line}\n"));
}
