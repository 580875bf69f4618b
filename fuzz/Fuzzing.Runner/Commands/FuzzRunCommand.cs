using System.CommandLine;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Engines;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz run</c>: fuzzes a target.</summary>
internal sealed class FuzzRunCommand : Command, ITeachesByExample
{
    private const string Managed = "managed";
    private readonly Argument<string> _target = CommonArguments.Target(orAll: true);

    private readonly Option<TimeSpan?> _time = new("--time")
    {
        Description = "End after so long: 90s, 5m, 1h.",
        HelpName = "duration",
        CustomParser = Durations.Parse,
        DefaultValueFactory = _ => TimeSpan.FromMinutes(1),
    };

    private readonly Option<long?> _runs = new("--runs") { Description = "End each job after so many runs of the target." };

    private readonly Option<int> _jobs = new("--jobs", "-j") { Description = "Processes that share the corpus.", DefaultValueFactory = _ => 1 };

    private readonly Option<ulong> _seed = new("--seed") { Description = "Decides all draws of the managed engine.", DefaultValueFactory = _ => 1 };

    private readonly Option<TimeSpan?> _timeout = new("--timeout")
    {
        Description = "A run of the target that takes so long is a finding.",
        HelpName = "duration",
        CustomParser = Durations.Parse,
        DefaultValueFactory = _ => TimeSpan.FromSeconds(10),
    };

    private readonly Option<string?> _corpus = new("--corpus")
    {
        Description = "The folder of the corpus. [default: artifacts/fuzz/TARGET/corpus]",
        HelpName = "folder",
    };

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "managed needs nothing but .NET; the others need what fuzz build makes.",
        DefaultValueFactory = _ => Managed,
    };

    private readonly Argument<string[]> _flags = new("flags")
    {
        Description = "Flags for libFuzzer or afl-fuzz, behind --.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _bug = CommonArguments.Bug();

    private readonly Option<bool> _minimize = new("--minimize") { Description = "In the end keep of the corpus the smallest inputs that reach as much." };

    private readonly Option<bool> _dryRun = CommonArguments.DryRun("Run the seeds and the corpus once, and fuzz nothing: what do they reach, does one fail?");

    private readonly Option<bool> _json = CommonArguments.Json();

    /// <summary>Makes the command.</summary>
    public FuzzRunCommand()
        : base("run", "Fuzz a target, from its seeds and the corpus of earlier runs.")
    {
        Arguments.Add(_target);
        Arguments.Add(_flags);
        _engine.AcceptOnlyFromAmong([Managed, .. ForeignEngine.All.Select(engine => engine.Name)]);
        foreach (Option option in (Option[])[_engine, _time, _runs, _jobs, _seed, _timeout, _corpus, _bug, _minimize, _dryRun, _json])
            Options.Add(option);
        _bug.Validators.Add(result =>
        {
            if (result.GetValue(_engine) != Managed)
                result.AddError("--bug goes with the managed engine.");
        });
        _jobs.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 256)
                result.AddError("--jobs goes from 1 to 256.");
        });
        Validators.Add(result =>
        {
            bool isManaged = result.GetResult(_engine) is not { Tokens: [{ Value: not Managed }] };
            if (!isManaged && (result.GetValue(_minimize) || result.GetValue(_dryRun)))
                result.AddError("--minimize and --dry-run go with the managed engine.");
            if (result.GetResult(_target) is { Tokens: [{ Value: CommonArguments.All }] } && (!isManaged || result.GetValue(_corpus) is not null || result.GetValue(_bug) is not null))
                result.AddError("all targets go with the managed engine, and have a corpus each.");
        });
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A minute", "fuzz run main-stream"),
        ("An hour for all targets, most for those that bring most", "fuzz run all --time 1h --jobs 2 --minimize"),
        ("The same draws again", "fuzz run xbzrle-decode --seed 7 --runs 100000 --corpus /tmp/empty"),
        ("Native code under libFuzzer, with its own flags", "fuzz run multifd --engine libfuzzer -- -use_value_profile=1"),
        ("What CI does for each important target", "fuzz run multifd --time 60s --json"),
        ("Does it find what is there?", "fuzz run multifd --bug multifd-header-shared-by-channels"),
    ];

    private int Run(ParseResult result)
    {
        string target = result.GetRequiredValue(_target);
        ForeignEngine? engine = ForeignEngine.All.FirstOrDefault(engine => engine.Name == result.GetValue(_engine));
        if (engine is not null)
            return engine.Run(Settings(result, target), result.GetValue(_flags) ?? []);
        FuzzSettings[] all = [.. (target == CommonArguments.All ? TargetCatalogue.Names : [target]).Select(name => Settings(result, name))];
        int code = all.Length > 1 ? new FuzzRotation(all).Run() : new FuzzSession(all[0]).Run();
        foreach (FuzzSettings settings in all)
        {
            if (result.GetValue(_dryRun) && Directory.Exists(settings.Corpus))
                Directory.Delete(settings.Corpus, recursive: true);
            else if (result.GetValue(_minimize) && Directory.Exists(settings.Corpus))
                CorpusMerge.Run(settings.Target, [settings.Corpus], settings.Corpus, onlyBlocks: false).Tell(result.GetValue(_json) ? Console.Error : Console.Out);
        }
        return code;
    }

    private FuzzSettings Settings(ParseResult result, string target)
    {
        string? bug = result.GetValue(_bug);
        string corpus = result.GetValue(_corpus) ?? (bug is null ? Folders.Corpus(target) : Path.Combine(Folders.Planted(bug), "corpus"));
        bool isDry = result.GetValue(_dryRun);
        return new()
        {
            Target = target,
            Time = result.GetValue(_time)!.Value,
            Executions = isDry ? 0 : result.GetValue(_runs),
            Jobs = isDry ? 1 : result.GetValue(_jobs),
            Seed = result.GetValue(_seed),
            RunTimeout = result.GetValue(_timeout)!.Value,
            Corpus = isDry ? corpus + ".dry-run" : corpus,
            Seeds = [.. new[] { Folders.Seeds(target), Folders.Regressions(target), isDry ? corpus : "" }.Where(Directory.Exists)],
            Findings = bug is null ? Folders.Findings(target) : Path.Combine(Folders.Planted(bug), "findings"),
            Bug = bug,
            Json = result.GetValue(_json),
        };
    }
}
