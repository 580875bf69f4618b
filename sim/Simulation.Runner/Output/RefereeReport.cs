using System.Globalization;
using Simulation.Conformance;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What a session of the referee says at its end.</summary>
internal static class RefereeReport
{
    /// <summary>Writes the summary: who was asked, how fast, who disagreed; a column for each QEMU.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="tallies">What was seen, of each QEMU.</param>
    /// <param name="elapsed">Wall-clock time.</param>
    /// <param name="jobs">Cases at a time.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<RefereeTally> tallies, TimeSpan elapsed, int jobs)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumn("");
        foreach (RefereeTally _ in tallies)
            table.AddColumn("");
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Row("QEMU", tally => $"{tally.Qemu.Path}: {tally.Qemu.Version}");
        Row("streams", tally => $"{tally.Cases:N0}");
        Row("wall time", tally => $"{seconds:F1} s, {jobs} at a time, {tally.Cases / seconds:F1} streams/s");
        foreach (EndKind end in tallies.SelectMany(tally => tally.ByEnd.Keys).Distinct().Order())
            Row($"QEMU: {NameOf(end)}", tally => $"{tally.ByEnd.GetValueOrDefault(end):N0}");
        Row("all agree", tally => $"{tally.ByBlame.GetValueOrDefault(Blame.Nobody):N0}");
        foreach (string id in tallies.SelectMany(tally => tally.ByDeviation.Keys).Distinct().Order(StringComparer.Ordinal))
            Row($"deviation {id}", tally => $"{tally.ByDeviation.GetValueOrDefault(id):N0}");
        foreach (Blame blame in (Blame[])[Blame.Unsupported, Blame.Chance, Blame.Ours, Blame.Oracle, Blame.OursAndOracle, Blame.Qemu])
            Row(NameOf(blame), tally => $"{tally.ByBlame.GetValueOrDefault(blame):N0}");
        Row("harness failures", tally => $"{tally.Failures:N0}");
        console.Write(table);

        void Row(string name, Func<RefereeTally, FormattableString> value) => table.AddRow(
            [new Text(name), .. tallies.Select(tally => new Text(value(tally).ToString(CultureInfo.InvariantCulture)))]);
    }

    /// <summary>A class of disagreement as the output names it.</summary>
    /// <param name="blame">The class.</param>
    /// <returns>Lower case.</returns>
    public static string NameOf(Blame blame) => blame switch
    {
        Blame.Nobody => "agreement",
        Blame.KnownDeviation => "known deviation",
        Blame.Ours => "ours is alone",
        Blame.Oracle => "the oracle is alone",
        Blame.OursAndOracle => "QEMU is alone",
        Blame.Chance => "QEMU varies",
        Blame.Unsupported => "not supported",
        _ => "QEMU crashed or hung",
    };

    /// <summary>An end as the output names it.</summary>
    /// <param name="end">The end.</param>
    /// <returns>Lower case.</returns>
    public static string NameOf(EndKind end) => end.ToString().ToLowerInvariant();
}
