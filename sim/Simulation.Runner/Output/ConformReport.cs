using System.Globalization;
using Simulation.Conformance;
using Simulation.Conformance.UnderTest;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What <c>simulate conform</c> says at its end.</summary>
internal static class ConformReport
{
    /// <summary>Writes the table, a row for each migration and property and a column for each program; then each violation with the command that
    /// shows it, and how many properties held.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="programs">The columns.</param>
    /// <param name="rows">The migrations.</param>
    /// <param name="results">What was found.</param>
    /// <param name="seed">Decides where connections are cut.</param>
    public static void Write(
        IAnsiConsole console, IReadOnlyList<IDestinationProgram> programs, IReadOnlyList<ConformanceCase> rows,
        IReadOnlyList<ConformanceResult> results, ulong seed)
    {
        Table table = new Table().Border(TableBorder.None);
        foreach (string heading in (string[])["capability", "fault", "property", .. programs.Select(program => program.Name)])
            table.AddColumn(new TableColumn(Markup.Escape(heading)).Padding(0, 0, 2, 0).NoWrap());
        foreach (ConformanceCase row in rows)
            AddRows(table, programs, row, [.. results.Where(result => result.Case == row)]);
        console.Write(table);
        foreach (ConformanceResult result in results
            .Where(result => result.Verdict is ConformanceVerdict.Fail or ConformanceVerdict.HarnessFailed)
            .DistinctBy(result => (result.Program, result.Case, result.Message)))
        {
            string fault = result.KnownFault is { } known ? $" ({known})" : "";
            console.WriteLine($"{result.Program.Name}: {result.Case.Name}, {result.Property.Name}{fault}: {result.Message}{RateOf(result)}");
            console.WriteLine($"  {CommandFor(result, seed)}");
        }

        foreach (IDestinationProgram program in programs)
        {
            ConformanceResult[] own = [.. results.Where(result => result.Program == program)];
            console.WriteLine(SummaryOf(program, own));
            if (own.Any(result => result.Figures.Count > 0))
                console.WriteLine(FiguresOf(program, own));
        }
    }

    /// <summary>The command that shows a result again.</summary>
    /// <param name="result">The result.</param>
    /// <param name="seed">Decides where connections are cut.</param>
    public static string CommandFor(ConformanceResult result, ulong seed)
    {
        List<string> arguments = ["--only", result.Case.Name, .. result.Program.Arguments];
        if (seed != 1)
            arguments.AddRange(["--seed", seed.ToString(CultureInfo.InvariantCulture)]);
        return CommandLines.Conform(arguments);
    }

    /// <summary>A verdict as the output names it.</summary>
    /// <param name="verdict">The verdict.</param>
    public static string NameOf(ConformanceVerdict verdict) => verdict switch
    {
        ConformanceVerdict.Pass => "pass",
        ConformanceVerdict.Fail => "fail",
        ConformanceVerdict.NotSupported => "unsupported",
        ConformanceVerdict.NotShown => "not shown",
        ConformanceVerdict.NotJudged => "-",
        _ => "harness failed",
    };

    // Properties of which all programs get the same verdict share a line.
    private static void AddRows(Table table, IReadOnlyList<IDestinationProgram> programs, ConformanceCase row, IReadOnlyList<ConformanceResult> results)
    {
        List<List<ConformanceProperty>> lines = [];
        foreach (ConformanceProperty property in row.Properties.Where(property => results.Any(result => result.Property == property)))
        {
            if (lines.Count > 0 && programs.All(program => Alike(program, lines[^1], property)))
                lines[^1].Add(property);
            else
                lines.Add([property]);
        }

        for (int i = 0; i < lines.Count; i++)
        {
            string names = lines.Count == 1 ? "all" : string.Join(", ", lines[i].Select(property => property.Name));
            table.AddRow([
                new Text(i == 0 ? row.Capability : ""), new Text(i == 0 ? row.Fault : ""), new Text(names),
                .. programs.Select(program => CellOf(lines[i].Select(property => Find(program, property)).FirstOrDefault(cell => cell is not null)))]);
        }

        ConformanceResult? Find(IDestinationProgram program, ConformanceProperty property) =>
            results.FirstOrDefault(result => result.Program == program && result.Property == property);

        bool Alike(IDestinationProgram program, List<ConformanceProperty> line, ConformanceProperty property) =>
            Find(program, property) is not { } cell || Find(program, line[0]) is not { } first
            || (cell.Verdict, cell.KnownFault, cell.Violations) == (first.Verdict, first.KnownFault, first.Violations);
    }

    private static Text CellOf(ConformanceResult? cell) => cell switch
    {
        null => new Text(""),
        { Figures.Count: > 0, Verdict: ConformanceVerdict.Pass } => FiguresCellOf(cell),
        { Verdict: ConformanceVerdict.Fail } => new Text($"FAIL {cell.KnownFault}{RateOf(cell)}".TrimEnd(), new Style(Color.Red)),
        { Verdict: ConformanceVerdict.HarnessFailed } => new Text(NameOf(cell.Verdict), new Style(Color.Red)),
        { Verdict: ConformanceVerdict.Pass } => new Text(NameOf(cell.Verdict), new Style(Color.Green)),
        _ => new Text(NameOf(cell.Verdict)),
    };

    private static Text FiguresCellOf(ConformanceResult cell)
    {
        int right = cell.Figures.Count(finding => finding.State == FigureState.Right);
        return new(string.Create(CultureInfo.InvariantCulture, $"{right}/{cell.Figures.Count}"), new Style(Color.Green));
    }

    // "N of M figures right; C1 because ...".
    private static string FiguresOf(IDestinationProgram program, IReadOnlyList<ConformanceResult> results)
    {
        FigureFinding[] all = [.. results.SelectMany(result => result.Figures)];
        int wrong = all.Count(finding => finding.State == FigureState.Wrong);
        int hidden = all.Count(finding => finding.State == FigureState.NotShown);
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{program.Name}: {all.Length - wrong - hidden} of {all.Length} figures right, {wrong} wrong, {hidden} not shown");
        foreach (IGrouping<string?, (ConformanceResult Result, FigureFinding Finding)> flaw in results
            .SelectMany(result => result.Figures, (result, finding) => (Result: result, Finding: finding))
            .Where(item => item.Finding.State == FigureState.Wrong)
            .GroupBy(item => item.Finding.Flaw))
        {
            (ConformanceResult result, FigureFinding finding) = flaw.First();
            text += $"\n  {flaw.Key ?? "no listed flaw"} because {finding.Message} ({result.Case.Capability})";
        }

        return text;
    }

    private static string RateOf(ConformanceResult result) => result.Runs < 2 || result.Verdict != ConformanceVerdict.Fail ? ""
        : string.Create(CultureInfo.InvariantCulture, $" {result.Violations}/{result.Runs}");

    private static string SummaryOf(IDestinationProgram program, IReadOnlyList<ConformanceResult> results)
    {
        int judged = results.Count(result => result.Verdict is ConformanceVerdict.Pass or ConformanceVerdict.Fail);
        int held = results.Count(result => result.Verdict == ConformanceVerdict.Pass);
        string[] faults = [.. results.Where(result => result.Figures.Count == 0).Select(result => result.KnownFault).OfType<string>().Distinct()];
        int unlisted = results.Count(result => result is { Verdict: ConformanceVerdict.Fail, KnownFault: null });
        string known = faults.Length > 0 ? $"; known faults: {string.Join(", ", faults)}" : "";
        string other = unlisted > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {unlisted} violated that no listed fault explains") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{program.Name}: {held} of {judged} properties hold{known}{other}");
    }
}
