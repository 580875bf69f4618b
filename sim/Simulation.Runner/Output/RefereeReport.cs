using System.Globalization;
using Simulation.Runner.Refereeing;
using Spectre.Console;

namespace Simulation.Runner.Output;

/// <summary>What a session of the referee says at its end.</summary>
internal static class RefereeReport
{
    /// <summary>Writes the summary: who was asked, how fast, who disagreed.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="tally">What was seen.</param>
    /// <param name="qemu">The real destination.</param>
    /// <param name="elapsed">Wall-clock time.</param>
    /// <param name="jobs">Cases at a time.</param>
    public static void Write(IAnsiConsole console, RefereeTally tally, QemuProgram qemu, TimeSpan elapsed, int jobs)
    {
        Table table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        double seconds = Math.Max(elapsed.TotalSeconds, 0.001);
        Row(table, "QEMU", $"{qemu.Path}: {qemu.Version}");
        Row(table, "streams", $"{tally.Cases:N0}");
        Row(table, "wall time", $"{seconds:F1} s, {jobs} at a time, {tally.Cases / seconds:F1} streams/s");
        foreach ((EndKind end, long count) in tally.ByEnd)
            Row(table, $"QEMU: {NameOf(end)}", $"{count:N0}");
        Row(table, "all agree", $"{tally.ByBlame.GetValueOrDefault(Blame.Nobody):N0}");
        foreach ((string id, long count) in tally.ByDeviation)
            Row(table, $"deviation {id}", $"{count:N0}");
        foreach (Blame blame in (Blame[])[Blame.Ours, Blame.Oracle, Blame.OursAndOracle, Blame.Qemu])
            Row(table, NameOf(blame), $"{tally.ByBlame.GetValueOrDefault(blame):N0}");
        Row(table, "harness failures", $"{tally.Failures:N0}");
        console.Write(table);
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
        _ => "QEMU crashed or hung",
    };

    /// <summary>An end as the output names it.</summary>
    /// <param name="end">The end.</param>
    /// <returns>Lower case.</returns>
    public static string NameOf(EndKind end) => end.ToString().ToLowerInvariant();

    private static void Row(Table table, string name, FormattableString value) =>
        table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
}
