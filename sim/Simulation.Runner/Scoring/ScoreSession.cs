using System.Globalization;
using Simulation.PlantedBugs;
using Simulation.Runner.Output;
using Spectre.Console;

namespace Simulation.Runner.Scoring;

/// <summary>Scoring as a user sees it: a bar while it runs, then tables, and an exit code.</summary>
/// <param name="bugs">The bugs.</param>
/// <param name="service">How they are looked for.</param>
/// <param name="json">One JSON object a bug on stdout; all else on stderr.</param>
internal sealed class ScoreSession(IReadOnlyList<PlantedBug> bugs, ScoreService service, bool json) : IScoreObserver
{
    private const int RefreshMilliseconds = 100;

    private readonly IAnsiConsole _console = json ? Consoles.Error : Consoles.Output;
    private int _done;
    private int _found;
    private string _last = "";

    private bool IsLive => !json && _console.Profile.Out.IsTerminal;

    /// <summary>Looks for the bugs.</summary>
    /// <returns>The scores.</returns>
    public IReadOnlyList<BugScore> Run()
    {
        using StopSignal stop = new();
        Scoring scoring = new(bugs, service, this);
        IReadOnlyList<BugScore> scores = IsLive ? RunLive(scoring, stop) : scoring.Run(stop.Token);
        Write(scores);
        return scores;
    }

    /// <summary>What the scores come to.</summary>
    /// <param name="scores">The scores.</param>
    /// <returns>An exit code: 1 for a bug that was not found though it must be, or found though it was held for a blind spot; 2 for
    /// one that could not be looked for.</returns>
    public static int Conclude(IReadOnlyList<BugScore> scores) =>
        scores.Any(score => score.Trouble is not null) ? ExitCode.HarnessFailed
        : scores.All(score => score.IsAsExpected) ? ExitCode.Passed
        : ExitCode.Violated;

    /// <inheritdoc/>
    public void Scored(BugScore score)
    {
        if (json)
            Console.Out.WriteLine(ScoreLine.Of(score).ToJson());
        _done++;
        _found += score.IsFound ? 1 : 0;
        if (!IsLive)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{_done} of {bugs.Count}: {score.Bug.Id}, found by {score.Findings.Count} of {score.Campaigns}"));
        }

        _last = score.Bug.Id;
    }

    private void Write(IReadOnlyList<BugScore> scores)
    {
        if (!json)
            Console.Out.WriteLine(ScoreTable.Bugs(scores));
        (json ? Console.Error : Console.Out).WriteLine(ScoreTable.Reach(scores));
        foreach (BugScore score in scores.Where(score => !score.IsAsExpected))
        {
            string what = score.Trouble ?? (score.IsFound ? "was found and is listed as a blind spot" : "was not found");
            _console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[red]{score.Bug.Id}[/]: {what}");
        }
    }

    private IReadOnlyList<BugScore> RunLive(Scoring scoring, StopSignal stop)
    {
        IReadOnlyList<BugScore> scores = [];
        _console.Progress().AutoClear(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn(), new ElapsedTimeColumn(), new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("planting", maxValue: bugs.Count);
                Thread runner = new(() => scores = scoring.Run(stop.Token)) { IsBackground = true };
                runner.Start();
                while (!runner.Join(RefreshMilliseconds))
                {
                    bar.Value = _done;
                    bar.Description = Markup.Escape($"{_found} of {_done} found, last {_last}");
                }
            });
        return scores;
    }
}
