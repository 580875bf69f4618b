using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fuzzing.Runner.Campaigns;

/// <summary>A fuzzing session as a user sees it: jobs, a live view or lines, findings on disk, an exit code.</summary>
/// <param name="settings">What it does.</param>
internal sealed class FuzzSession(FuzzSettings settings)
{
    /// <summary>Columns of a plot of coverage over time.</summary>
    public const int PlotColumns = 60;

    /// <summary>How often workers are looked after.</summary>
    public const int LookMilliseconds = 100;

    private readonly IAnsiConsole _console = settings.Json ? Consoles.Error : Consoles.Output;
    private readonly CoveragePlot _plot = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private double _lastLine;

    private double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Runs to the end or to Ctrl-C.</summary>
    /// <returns>An exit code.</returns>
    public int Run()
    {
        FindingReport findings = new(settings, _console);
        findings.TellEarlier();
        using StopSignal stop = new();
        using LaneGroup lanes = new(settings);
        lanes.Start();
        if (!settings.Json && _console.Profile.Out.IsTerminal)
            _console.Live(new Text("")).AutoClear(true).Start(context => Watch(lanes, findings, stop, () => context.UpdateTarget(View(lanes, findings))));
        else
            Watch(lanes, findings, stop, () => TellProgress(lanes, findings));
        findings.TellNew();
        Tell(Progress("end", settings.Target, Seconds, lanes, findings.Count), settings.Json, _console);
        if (findings.HowToReplay is { } command)
            Console.Error.WriteLine(command);
        return findings.Count > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    /// <summary>How far a session is.</summary>
    /// <param name="what"><c>progress</c> or <c>end</c>.</param>
    /// <param name="target">The target.</param>
    /// <param name="seconds">Since when.</param>
    /// <param name="lanes">The jobs.</param>
    /// <param name="findings">How many causes.</param>
    public static ProgressLine Progress(string what, string target, double seconds, LaneGroup lanes, int findings)
    {
        WorkerStatus best = lanes.Best;
        return new(
            what, target, Math.Round(seconds, 1), lanes.Executions, (long)lanes.ExecutionsPerSecond,
            best.Blocks, best.BlockCount, best.Features, best.CorpusCount, best.CorpusBytes, findings);
    }

    /// <summary>Writes how far a session is.</summary>
    /// <param name="line">How far.</param>
    /// <param name="json">Whether a program reads it.</param>
    /// <param name="console">Where people read.</param>
    public static void Tell(ProgressLine line, bool json, IAnsiConsole console)
    {
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(line, OutputJson.Default.ProgressLine));
        else
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{line.Target}: {line.Seconds:F0} s, {line.Executions:N0} runs, {line.ExecutionsPerSecond:N0} a second, {line.Blocks} of {line.BlockCount} blocks, {line.Features} features, corpus of {line.Corpus}, {line.Findings} findings"));
    }

    /// <summary>Cells of a row.</summary>
    public static IEnumerable<IRenderable> Cells(params FormattableString[] cells) =>
        cells.Select(cell => new Text(cell.ToString(CultureInfo.InvariantCulture)));

    private void Watch(LaneGroup lanes, FindingReport findings, StopSignal stop, Action show)
    {
        while (!lanes.IsDone)
        {
            Thread.Sleep(LookMilliseconds);
            lanes.Poll(stop.Token.IsCancellationRequested);
            _plot.Add(Seconds, lanes.Best.Features);
            findings.TellNew();
            show();
        }
    }

    private Rows View(LaneGroup lanes, FindingReport findings)
    {
        Table table = new Table().Title(settings.Target).AddColumns("job", "exec/s", "runs", "blocks", "features", "corpus", "bytes");
        foreach ((int number, FuzzLane lane) in lanes.Lanes.Index())
        {
            WorkerStatus status = lane.Knowledge;
            table.AddRow([.. Cells($"{number}", $"{lane.ExecutionsPerSecond:N0}", $"{lane.Executions:N0}", $"{status.Blocks:N0} of {status.BlockCount:N0}",
                $"{status.Features:N0}", $"{status.CorpusCount:N0}", $"{status.CorpusBytes:N0}")]);
        }
        table.Caption($"{Seconds:F0} of {settings.Time.TotalSeconds:F0} s, {findings.Count} findings");
        return new(table, new Text(_plot.Draw(Seconds, PlotColumns)));
    }

    private void TellProgress(LaneGroup lanes, FindingReport findings)
    {
        double now = Seconds;
        if (now - _lastLine < (settings.Json ? 1 : 10))
            return;
        _lastLine = now;
        Tell(Progress("progress", settings.Target, now, lanes, findings.Count), settings.Json, _console);
    }
}
