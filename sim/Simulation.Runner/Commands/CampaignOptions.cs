using System.CommandLine;
using System.Security.Cryptography;
using Simulation.Campaigns;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.Runner.Campaigns;
using Simulation.Runner.Conforming;

namespace Simulation.Runner.Commands;

/// <summary>The options of a campaign, for <c>simulate</c> alone and <c>simulate range</c>.</summary>
internal sealed class CampaignOptions
{
    private const int JobsOfProcess = 6;

    private static readonly TimeSpan DefaultTime = TimeSpan.FromMinutes(1);

    private readonly Option<TimeSpan?> _time = new("--time")
    {
        Description = "Begin no new run after so long: 90s, 5m, 1h.",
        HelpName = "duration",
        CustomParser = Durations.Parse,
    };

    private readonly Option<long?> _count = new("--count") { Description = "Do so many runs at most." };

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = "Runs at a time. What a seed does is the same with any number.",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<int> _twice = new("--twice")
    {
        Description = "Percent of the runs to do twice and compare event by event.",
        HelpName = "percent",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<int> _shrink = new("--shrink")
    {
        Description = "Make the first finding of each property small by at most so many runs; 0 for not.",
        HelpName = "runs",
        DefaultValueFactory = _ => 500,
    };

    private readonly Option<TimeSpan> _timeout = new("--timeout")
    {
        Description = "Give a run up after so long of the wall clock.",
        HelpName = "duration",
        CustomParser = result => Durations.Parse(result) ?? default,
        DefaultValueFactory = _ => TimeSpan.FromMinutes(1),
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "The folder for findings.",
        HelpName = "folder",
        DefaultValueFactory = _ => Path.Combine("artifacts", "findings"),
    };

    private readonly Option<string?> _bug = new("--bug")
    {
        Description = "Plant this bug of the catalogue in the destination.",
        HelpName = "id",
    };

    private readonly Option<bool> _threads = new("--threads")
    {
        Description = "Run in threads of this process; a run that kills its process then ends the campaign.",
    };

    private readonly Option<bool> _guided = new("--guided")
    {
        Description = "Beside fresh seeds, change scenarios and schedules that showed something new.",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        _jobs.RequireBetween(1, 1024);
        _twice.RequireBetween(0, 100);
        _shrink.RequireBetween(0, int.MaxValue);
        _bug.RequirePlanted();
        Validate(command);
        _count.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() < 1)
                result.AddError("--count is at least 1.");
        });
        foreach (Option option in (Option[])[_time, _count, _jobs, _twice, _shrink, _timeout, _out, _bug, _threads, _guided, _json])
            command.Options.Add(option);
    }

    private void Validate(Command command) => command.Validators.Add(result =>
    {
        if (result.GetValue(_bug) is not null && result.GetValue(_threads))
            result.AddError("--bug needs processes, not --threads.");
    });

    /// <summary>The options that mean something in virtual time only.</summary>
    public IReadOnlyList<Option> OfVirtualTime => [_twice, _shrink, _timeout, _out, _threads, _guided];

    /// <summary>Has a program under test carry out drawn scenarios.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="underTest">Names the program.</param>
    /// <param name="firstSeed">The first seed.</param>
    /// <returns>An exit code.</returns>
    public int Run(ParseResult result, UnderTestOptions underTest, ulong firstSeed)
    {
        // A process sleeps while it is found out whether it waits for more.
        int jobs = result.GetResult(_jobs) is { Implicit: false } ? result.GetValue(_jobs) : JobsOfProcess * Environment.ProcessorCount;
        PlantedBug? bug = result.GetValue(_bug) is { } id ? BugCatalogue.Find(id) : null;
        return underTest.Run(result, bug, trial => new DrawnSession(trial, result.GetValue(_json)).Run(
            firstSeed, result.GetValue(_count), result.GetValue(_time), jobs));
    }

    /// <summary>Runs fresh seeds, a minute of them unless told otherwise, and requires every probe that is not rare.</summary>
    /// <param name="result">The command line.</param>
    /// <returns>An exit code.</returns>
    public int RunDefault(ParseResult result)
    {
        // 48 bits: short to type, and exact in every JSON reader.
        Span<byte> entropy = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(entropy[..6]);
        ulong first = BitConverter.ToUInt64(entropy);
        bool isUnlimited = result.GetValue(_time) is null && result.GetValue(_count) is null;
        return Run(result, first, isUnlimited ? DefaultTime : null, new(Probes: true));
    }

    /// <summary>Runs a campaign.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="firstSeed">The first seed.</param>
    /// <param name="defaultTime">The limit of time where none is given, or null.</param>
    /// <param name="demands">What makes it fail beside findings.</param>
    /// <returns>An exit code.</returns>
    public int Run(ParseResult result, ulong firstSeed, TimeSpan? defaultTime, CampaignDemands demands)
    {
        CampaignLimits limits = new(
            firstSeed, result.GetValue(_count), result.GetValue(_time) ?? defaultTime, result.GetValue(_jobs),
            result.GetValue(_shrink), result.GetValue(_timeout), result.GetValue(_guided));
        CampaignWorkers workers = new(result.GetValue(_twice), result.GetValue(_bug), result.GetValue(_threads), limits.IsGuided);
        bool json = result.GetValue(_json);
        if (!json)
            Console.Out.WriteLine($"seeds from {firstSeed}, {limits.Jobs} at a time");
        return new CampaignSession(limits, result.GetRequiredValue(_out), json, demands, workers).Run();
    }
}
