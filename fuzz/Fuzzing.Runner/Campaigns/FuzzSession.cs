using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fuzzing.Engine.Execution;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Fuzzing.Runner.Campaigns;

/// <summary>A fuzzing session as a user sees it: jobs, a live view or lines, findings on disk, an exit code.</summary>
/// <param name="settings">What it does.</param>
internal sealed class FuzzSession(FuzzSettings settings)
{
    private const int LookMilliseconds = 100;
    private readonly IAnsiConsole _console = settings.Json ? Consoles.Error : Consoles.Output;
    private readonly FindingStore _store = new(settings.Findings);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly long _started = Stopwatch.GetTimestamp();
    private FuzzLane[] _lanes = [];
    private double _lastLine;

    private bool IsLive => !settings.Json && _console.Profile.Out.IsTerminal;

    /// <summary>Runs to the end or to Ctrl-C.</summary>
    /// <returns>An exit code.</returns>
    public int Run()
    {
        TellEarlier();
        using StopSignal stop = new();
        _lanes = [.. Enumerable.Range(0, settings.Jobs).Select(number => new FuzzLane(settings, number))];
        try
        {
            foreach (FuzzLane lane in _lanes)
                lane.Start();
            if (IsLive)
                _console.Live(new Text("")).AutoClear(true).Start(context => Watch(stop, () => context.UpdateTarget(View())));
            else
                Watch(stop, TellProgress);
        }
        finally
        {
            foreach (FuzzLane lane in _lanes)
                lane.Dispose();
        }
        TellFindings();
        Conclude();
        return _told.Count > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    private void Watch(StopSignal stop, Action show)
    {
        while (!Array.TrueForAll(_lanes, lane => lane.IsDone))
        {
            Thread.Sleep(LookMilliseconds);
            foreach (FuzzLane lane in _lanes)
            {
                if (stop.Token.IsCancellationRequested)
                    lane.Stop();
                if (!lane.IsDone)
                    lane.Poll();
            }
            TellFindings();
            show();
        }
    }

    private ProgressLine Progress(string what)
    {
        double seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        WorkerStatus best = _lanes.Select(lane => lane.Knowledge).MaxBy(status => status.Features);
        return new(
            what, settings.Target, Math.Round(seconds, 1), _lanes.Sum(lane => lane.Executions), (long)_lanes.Sum(lane => lane.ExecutionsPerSecond),
            best.Blocks, best.BlockCount, best.Features, best.CorpusCount, best.CorpusBytes, _told.Count);
    }

    private Table View()
    {
        Table table = new Table().Title(settings.Target).AddColumns("job", "exec/s", "runs", "blocks", "features", "corpus", "bytes");
        for (int i = 0; i < _lanes.Length; i++)
        {
            WorkerStatus status = _lanes[i].Knowledge;
            table.AddRow([.. Cells($"{i}", $"{_lanes[i].ExecutionsPerSecond:N0}", $"{_lanes[i].Executions:N0}", $"{status.Blocks:N0} of {status.BlockCount:N0}",
                $"{status.Features:N0}", $"{status.CorpusCount:N0}", $"{status.CorpusBytes:N0}")]);
        }
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_started);
        return table.Caption($"{elapsed.TotalSeconds:F0} of {settings.Time.TotalSeconds:F0} s, {_told.Count} findings");
    }

    private static IEnumerable<IRenderable> Cells(params FormattableString[] cells) =>
        cells.Select(cell => new Text(cell.ToString(CultureInfo.InvariantCulture)));

    private void TellProgress()
    {
        double now = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        if (now - _lastLine < (settings.Json ? 1 : 10))
            return;
        _lastLine = now;
        Tell(Progress("progress"));
    }

    private void Tell(ProgressLine line)
    {
        if (settings.Json)
            Console.Out.WriteLine(JsonSerializer.Serialize(line, OutputJson.Default.ProgressLine));
        else
            _console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{line.Target}: {line.Seconds:F0} s, {line.Executions:N0} runs, {line.ExecutionsPerSecond:N0} a second, {line.Blocks} of {line.BlockCount} blocks, {line.Features} features, corpus of {line.Corpus}, {line.Findings} findings"));
    }

    // A finding that is still in the folder counts.
    private void TellEarlier()
    {
        int earlier = _store.Leaders().Count();
        if (earlier > 0 && !settings.Json)
            _console.WriteLine($"{earlier} findings of earlier sessions lie in {Folders.Shown(settings.Findings)}");
        TellFindings();
    }

    private void TellFindings()
    {
        foreach (string file in _store.Leaders())
        {
            if (!_told.Add(FindingStore.SignatureOf(file)))
                continue;
            FindingLine line = new("finding", Folders.Shown(file), FindingStore.SignatureOf(file), FindingStore.SummaryOf(file));
            if (settings.Json)
                Console.Out.WriteLine(JsonSerializer.Serialize(line, OutputJson.Default.FindingLine));
            else
                _console.MarkupLineInterpolated($"[red]finding[/] {line.Summary} ({line.File})");
        }
    }

    private void Conclude()
    {
        Tell(Progress("end"));
        if (_store.Leaders().FirstOrDefault() is { } file)
            Console.Error.WriteLine($"fuzz replay {Folders.Shown(file)}{(settings.Bug is { } bug ? $" --target {settings.Target} --bug {bug}" : "")}");
    }
}
