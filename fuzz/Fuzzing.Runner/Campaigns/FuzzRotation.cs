using System.Diagnostics;
using Fuzzing.Runner.Output;
using Spectre.Console;

namespace Fuzzing.Runner.Campaigns;

/// <summary><c>fuzz run all</c>: all targets share the time, by what each still brings.</summary>
/// <param name="settings">How each target is fuzzed, the whole time in each.</param>
internal sealed class FuzzRotation(IReadOnlyList<FuzzSettings> settings)
{
    // A worker reads its corpus and is compiled first: a shorter turn would be little else.
    private static readonly TimeSpan ShortestTurn = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(1);
    private const int TurnsOfEach = 4;

    private readonly bool _json = settings[0].Json;
    private readonly TimeSpan _time = settings[0].Time;
    private readonly IAnsiConsole _console = settings[0].Json ? Consoles.Error : Consoles.Output;
    private readonly CoveragePlot _plot = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private IReadOnlyList<TargetShare> _shares = [];

    private double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    private TimeSpan Turn => TimeSpan.FromTicks(Math.Clamp((_time / (TurnsOfEach * settings.Count)).Ticks, ShortestTurn.Ticks, LongestTurn.Ticks));

    /// <summary>Runs to the end or to Ctrl-C.</summary>
    /// <returns>An exit code.</returns>
    public int Run()
    {
        _shares = [.. settings.Select(each => new TargetShare(each, new(each, _console)))];
        foreach (TargetShare share in _shares)
            share.Findings.TellEarlier();
        using StopSignal stop = new();
        if (!_json && _console.Profile.Out.IsTerminal)
            _console.Live(new Text("")).AutoClear(true).Start(context => Rotate(stop, line => context.UpdateTarget(View(line))));
        else
            Rotate(stop, _ => { });
        if (!_json)
            _console.Write(View(null));
        string? command = _shares.Select(share => share.Findings.HowToReplay).FirstOrDefault(how => how is not null);
        if (command is null)
            return FuzzExitCode.Passed;
        Console.Error.WriteLine(command);
        return FuzzExitCode.Finding;
    }

    private void Rotate(StopSignal stop, Action<ProgressLine> show)
    {
        for (int number = 0; !stop.Token.IsCancellationRequested && Seconds < _time.TotalSeconds; number++)
            RunTurn(TargetShare.Next(_shares, number), number, stop, show);
    }

    private void RunTurn(TargetShare share, int number, StopSignal stop, Action<ProgressLine> show)
    {
        TimeSpan turn = TimeSpan.FromSeconds(Math.Min(Turn.TotalSeconds, Math.Max(1, _time.TotalSeconds - Seconds)));
        FuzzSettings settings = share.Settings with { Time = turn, Seed = unchecked(share.Settings.Seed + ((ulong)number << 16)) };
        double began = Seconds;
        long before = share.Reached.Features;
        using LaneGroup lanes = new(settings);
        lanes.Start();
        while (!lanes.IsDone)
        {
            Thread.Sleep(FuzzSession.LookMilliseconds);
            lanes.Poll(stop.Token.IsCancellationRequested);

            // Before its first turn nobody knows what its corpus reaches.
            if (share.Turns == 0 && lanes.ExecutionsPerSecond == 0)
                before = lanes.Best.Features;
            _plot.Add(Seconds, _shares.Sum(other => other == share ? Math.Max(other.Reached.Features, lanes.Best.Features) : other.Reached.Features));
            share.Findings.TellNew();
            show(FuzzSession.Progress("progress", settings.Target, Seconds - began, lanes, share.Findings.Count));
        }
        share.Findings.TellNew();
        ProgressLine line = FuzzSession.Progress("end", settings.Target, Seconds - began, lanes, share.Findings.Count);
        share.Add(number, Seconds - began, line, before);
        if (_json || !_console.Profile.Out.IsTerminal)
            FuzzSession.Tell(line, _json, _console);
    }

    private Rows View(ProgressLine? now)
    {
        Table table = new Table().Title("all targets").AddColumns("target", "seconds", "runs", "blocks", "features", "new a second", "findings");
        foreach (TargetShare share in _shares)
        {
            bool isNow = share.Settings.Target == now?.Target;
            (long blocks, long features) = isNow ? (now!.Blocks, now.Features) : share.Reached;
            table.AddRow([.. FuzzSession.Cells(
                $"{(isNow ? "> " : "")}{share.Settings.Target}", $"{share.Seconds + (isNow ? now!.Seconds : 0):F0}", $"{share.Executions + (isNow ? now!.Executions : 0):N0}",
                $"{blocks:N0}", $"{features:N0}", $"{share.Yield:F1}", $"{share.Findings.Count}")]);
        }
        table.Caption($"{Seconds:F0} of {_time.TotalSeconds:F0} s");
        return new(table, new Text(_plot.Draw(Seconds, FuzzSession.PlotColumns)));
    }
}
