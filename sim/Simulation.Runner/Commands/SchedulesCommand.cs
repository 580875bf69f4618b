using System.CommandLine;
using Simulation.Engine;
using Simulation.Engine.Scheduling;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Runner.Campaigns;
using Simulation.Runner.Output;
using Simulation.Runner.Schedules;
using Simulation.Coyote;
using Simulation.Schedules.Models;
using Spectre.Console;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate schedules</c>: small models of the destination's tasks under sampled schedules, or under all
/// with few departures from the default order.</summary>
internal sealed class SchedulesCommand : Command, ITeachesByExample
{
    private readonly Option<string> _host = new("--host")
    {
        Description = "Who decides who goes when: our own scheduler, or Coyote over real threads.",
        DefaultValueFactory = _ => "own",
    };

    private readonly Option<string> _strategy = new("--strategy")
    {
        Description = $"own: {string.Join(", ", StrategyCatalogue.Names)}; coyote: {string.Join(", ", CoyoteHost.Strategies)}.",
        HelpName = "name",
        DefaultValueFactory = _ => "portfolio",
    };

    private readonly Option<int?> _iterations = new("--iterations", "-n")
    {
        Description = "Schedules of each model: 100,000 of our own, 1,000 of Coyote's.",
        HelpName = "count",
    };

    private readonly Option<int?> _exhaustive = new("--exhaustive")
    {
        Description = "Run all schedules of a model with up to this many departures from the default order, in which the current task goes "
            + "on as long as it can and then the one that became ready first. Sampled otherwise.",
        HelpName = "departures",
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "The first seed.",
        HelpName = "seed",
        CustomParser = ArgumentValues.Seed,
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> _model = new("--model") { Description = "One model; all of them otherwise.", HelpName = "name" };

    private readonly Option<string?> _bug = new("--bug") { Description = "Plant this bug first.", HelpName = "id" };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder for findings.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "schedules"),
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public SchedulesCommand()
        : base("schedules", "Run small models of the destination's tasks under many schedules: sampled by a strategy from a seed, or all with few departures from the default order.")
    {
        _host.AcceptOnlyFromAmong([.. ScheduleWorld.Hosts]);
        _model.AcceptOnlyFromAmong([.. ModelCatalogue.All.Select(model => model.Name)]);
        foreach (Option option in (Option[])[_host, _strategy, _iterations, _exhaustive, _seed, _model, _bug, _out, _json])
            Options.Add(option);
        Subcommands.Add(new ScheduleTableCommand());
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("All models, our own scheduler", "simulate schedules"),
        ("The same destination, rewritten, on threads", "simulate schedules --host coyote --iterations 1000"),
        ("Every schedule of each model with at most two departures from the default order", "simulate schedules --exhaustive 2"),
        ("A bug that only some schedules show", "simulate schedules --model multifd --bug completed-before-total-time"),
        ("What was found, again", "simulate replay artifacts/schedules/EveryRunEnds-own-multifd-1a2b3c4d.json"),
        ("The table of sim/Simulation.Schedules/README.md", "simulate schedules table"),
    ];

    private int Run(ParseResult result)
    {
        string host = result.GetValue(_host)!;
        string strategy = result.GetValue(_strategy)!;
        IReadOnlyList<string> strategies = host == "own" ? StrategyCatalogue.Names : CoyoteHost.Strategies;
        if (!strategies.Contains(strategy, StringComparer.Ordinal))
            throw new FormatException($"host {host} has no strategy '{strategy}'; it has {string.Join(", ", strategies)}");
        if (result.GetValue(_exhaustive) is { } departures && (host != "own" || departures < 0))
            throw new FormatException("--exhaustive takes a number from 0 on, and our own scheduler");
        string? bug = result.GetValue(_bug);
        if (bug is not null && BugCatalogue.Find(bug) is null)
            throw new FormatException($"there is no bug '{bug}'");
        try
        {
            return Run(result, host, strategy, bug);
        }
        catch (HarnessException broken)
        {
            Console.Error.WriteLine($"simulate: {broken.Message}");
            return ExitCode.HarnessFailed;
        }
    }

    private int Run(ParseResult result, string host, string strategy, string? bug)
    {
        using StopSignal stop = new();
        using ScheduleWorld world = bug is null ? new() : new(BugCatalogue.Find(bug)!, new DestinationCompiler());
        ScheduleReport report = new(result.GetValue(_json), result.GetValue(_out)!);
        int iterations = result.GetValue(_iterations) ?? (host == "own" ? 100_000 : 1_000);
        foreach (ScheduleModel model in ModelCatalogue.All)
        {
            if (stop.Token.IsCancellationRequested || (result.GetValue(_model) is { } only && only != model.Name))
                continue;
            ScheduleFinder finder = new(world);
            ScheduleQuest quest = new(host, model.Name, bug, strategy, result.GetValue(_seed), iterations);
            if (result.GetValue(_exhaustive) is { } departures)
                quest = quest with { Strategy = "exhaustive", Seed = 0, Departures = departures };
            report.Add(report.Watch(quest, progress => quest.Departures is null
                ? finder.Find(quest, progress, stop: stop.Token)
                : finder.RunAll(quest, progress, stop.Token)));
        }

        return report.Conclude();
    }
}

/// <summary><c>simulate schedules table</c>: how many schedules each planted bug takes.</summary>
internal sealed class ScheduleTableCommand : Command
{
    private readonly Option<int> _seeds = new("--seeds") { Description = "Searches in each cell.", DefaultValueFactory = _ => 20 };

    private readonly Option<int> _own = new("--most-own")
    {
        Description = "Schedules of our own before a search gives up.",
        DefaultValueFactory = _ => 20_000,
    };

    private readonly Option<int> _coyote = new("--most-coyote")
    {
        Description = "Schedules of Coyote before a search gives up.",
        DefaultValueFactory = _ => 500,
    };

    private readonly Option<string?> _bug = new("--bug") { Description = "The row of one bug; all of them otherwise.", HelpName = "id" };

    /// <summary>Makes the command.</summary>
    public ScheduleTableCommand()
        : base("table", "Plant bugs that only some schedules show, and count the schedules until each is found.")
    {
        foreach (Option<int> option in (Option<int>[])[_seeds, _own, _coyote])
        {
            option.RequireBetween(1, 10_000_000);
            Options.Add(option);
        }

        _bug.AcceptOnlyFromAmong([.. BugsInModels.All.Select(bug => bug.Bug)]);
        Options.Add(_bug);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using StopSignal stop = new();
        TableLimits limits = new(result.GetValue(_seeds), result.GetValue(_own), result.GetValue(_coyote));
        ScheduleTable table = new(limits, what => Consoles.Error.WriteLine(what));
        Console.Out.Write(table.Fill(result.GetValue(_bug), stop.Token));
        return stop.Token.IsCancellationRequested ? ExitCode.HarnessFailed : ExitCode.Passed;
    }
}
