using System.CommandLine;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.Runner.Generated;
using Simulation.Runner.Output;
using Simulation.Runner.Scoring;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate score</c>: how good the harness is, measured by the bugs that are planted in the destination.</summary>
internal sealed class ScoreCommand : Command, ITeachesByExample
{
    private readonly Option<string[]> _bug = new("--bug")
    {
        Description = "Only this bug; may be given more than once. All of them otherwise.",
        HelpName = "id",
    };

    private readonly Option<TimeSpan?> _budget = new("--budget")
    {
        Description = "Processor time of one campaign, which is on one thread.",
        HelpName = "duration",
        CustomParser = Durations.Parse,
        DefaultValueFactory = _ => TimeSpan.FromSeconds(60),
    };

    private readonly Option<int> _campaigns = new("--campaigns")
    {
        Description = "Campaigns for each bug, each with other seeds.",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<int> _shrink = new("--shrink")
    {
        Description = "Runs that shrinking a finding may take; 0 for none.",
        HelpName = "runs",
        DefaultValueFactory = _ => 2000,
    };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "How many bugs are looked for at a time.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<string> _corpus = new("--corpus")
    {
        Description = "The folder whose streams are played between simulated runs; none where it does not exist.",
        HelpName = "folder",
        DefaultValueFactory = _ => "corpus",
    };

    private readonly Option<string[]> _readme = new("--readme")
    {
        Description = "Write the tables into this file as well, between its marks; may be given more than once.",
        HelpName = "file",
    };

    private readonly Option<int?> _generated = new("--generated")
    {
        Description = "Instead of the catalogue hunt this many mutants: changes made by rule anywhere in Wire and Destination. Each is "
            + "hunted by the simulator, the schedules and the fuzz targets, in a process of its own.",
        HelpName = "count",
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Decides which mutants are drawn.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> _mutant = new("--mutant")
    {
        Description = "Hunt only this mutant; may be given more than once.",
        HelpName = "id",
    };

    private readonly Option<bool> _untilFound = new("--until-found")
    {
        Description = "Ask no other hunter for a mutant once one has found it: survivors sooner, without the share of each hunter.",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public ScoreCommand()
        : base("score", "Plant bugs in the destination, one at a time, and see whether they are found.")
    {
        _campaigns.RequireBetween(1, 1000);
        _shrink.RequireBetween(0, int.MaxValue);
        _jobs.RequireBetween(1, 1024);
        _bug.RequirePlanted();
        foreach (Option option in (Option[])[_bug, _budget, _campaigns, _shrink, _jobs, _corpus, _readme, _generated, _seed, _mutant, _untilFound, _json])
            Options.Add(option);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("The whole catalogue", "simulate score"),
        ("One bug", "simulate score --bug completed-before-total-time"),
        ("Quickly", "simulate score --budget 10s --campaigns 1 --shrink 0"),
        ("Write the tables of the page of results", "simulate score --readme sim/Simulation.PlantedBugs/README.md"),
    ];

    private int Run(ParseResult result)
    {
        if (result.GetValue(_generated) is not null || result.GetValue(_mutant) is { Length: > 0 })
            return RunGenerated(result);
        string[] ids = result.GetValue(_bug) ?? [];
        IReadOnlyList<PlantedBug> bugs = ids.Length == 0
            ? BugCatalogue.All : [.. BugCatalogue.All.Where(bug => ids.Contains(bug.Id, StringComparer.Ordinal))];
        ScoreLimits limits = new(
            result.GetValue(_budget)!.Value, result.GetValue(_campaigns), result.GetValue(_shrink), result.GetValue(_jobs));
        ScoreService service = new(limits, result.GetValue(_corpus)!);
        IReadOnlyList<BugScore> scores = new ScoreSession(bugs, service, result.GetValue(_json)).Run();
        foreach (string page in result.GetValue(_readme) ?? [])
            ScorePage.Update(page, scores);
        return ScoreSession.Conclude(scores);
    }

    private int RunGenerated(ParseResult result)
    {
        using StopSignal stop = new();
        bool json = result.GetValue(_json);
        GeneratedLimits limits = new(
            result.GetValue(_generated) ?? 0, result.GetValue(_seed), result.GetValue(_budget)!.Value, result.GetValue(_jobs),
            Path.GetFullPath(result.GetValue(_corpus)!), result.GetValue(_mutant) ?? [], result.GetValue(_untilFound));
        GeneratedScoring scoring = new(
            limits, score => Console.Out.WriteLine(json ? GeneratedReport.Json(score) : GeneratedReport.Line(score)));
        IReadOnlyList<MutantScore> scores = scoring.Run(stop.Token);
        TextWriter output = json ? Console.Error : Console.Out;
        output.WriteLine($"\n{GeneratedReport.Table(scores)}");
        foreach (MutantScore survivor in scores.Where(score => score.Survives))
            output.WriteLine(survivor.Mutant.ToDiff());
        return scores.Any(score => score.Survives) ? ExitCode.Violated : ExitCode.Passed;
    }
}
