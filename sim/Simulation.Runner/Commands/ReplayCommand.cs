using System.CommandLine;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Catalogue;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Conformance;
using Simulation.Runner.Conforming;
using Simulation.Runner.Output;
using Simulation.Runner.Schedules;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary><c>simulate replay</c>: a run again, from a token or a file.</summary>
internal sealed class ReplayCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _token = CommonOptions.Token();

    private readonly Option<long?> _until = new("--until") { Description = "Stop after so many steps.", HelpName = "step" };

    private readonly Option<bool> _trace = new("--trace") { Description = "Print every event, the scheduler's too." };

    private readonly Option<string?> _bug = new("--bug")
    {
        Description = "Run it in a destination with this bug planted; see 'score'.",
        HelpName = "id",
    };

    private readonly UnderTestOptions _underTest = new();

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public ReplayCommand()
        : base("replay", "Do a run again: scenario, faults and schedule.")
    {
        Arguments.Add(_token);
        Options.Add(_until);
        Options.Add(_trace);
        Options.Add(_bug);
        _underTest.AddTo(this, _until, _trace);
        Options.Add(_json);
        _bug.RequirePlanted();
        Validators.Add(result =>
        {
            string name = result.GetValue(_token) ?? "";
            if ((result.GetValue(_trace) || result.GetValue(_until) is not null)
                && (result.GetValue(_bug) is not null || IsStream(name) || ScheduleReplay.TryOpen(name) is not null))
                result.AddError("--trace and --until are for simulated runs without a planted bug: of others there is only the verdict.");
        });
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("By its token", $"simulate replay {new ReplayToken(7)}"),
        ("A case of the corpus", "simulate replay corpus/regressions/RamEqualsSourceAtSwitchover-1a2b3c4d.json"),
        ("A stream of the corpus, beside the oracle", "simulate replay corpus/malformed/MemSizeUnknownBlock--unknown-block.bin"),
        ("What a planted bug does", $"simulate replay {new ReplayToken(7)} --bug completed-before-total-time"),
        ("What a QEMU makes of it, in real time", $"simulate replay {new ReplayToken(7)} --under-test qemu:qemu-system-x86_64"),
        ("How it came to step 120", $"simulate replay {new ReplayToken(7)} --until 120 --trace"),
    ];

    private int Run(ParseResult result)
    {
        string name = result.GetRequiredValue(_token);
        if (_underTest.IsGiven(result))
            return ReplayUnderTest(result, name);
        if (ScheduleReplay.TryOpen(name) is { } schedule)
            return ScheduleReplay.Do(schedule, result.GetValue(_json));
        PlantedBug? bug = result.GetValue(_bug) is { } id ? BugCatalogue.Find(id) : null;
        bool json = result.GetValue(_json);
        if (IsStream(name))
            return ReplayStream(name, bug, json);
        Replayable run = Replayable.Open(name);
        if (bug is not null)
            return ReplayPlanted(run, bug, json);
        bool trace = result.GetValue(_trace);
        RunRequest request = new() { Schedule = run.Choices, RetainTrace = trace, UntilStep = result.GetValue(_until) };
        return SingleRun.Do(
            run.Options, request, json, CommandLines.Replay(run.Name),
            trace ? shown => TimeLine.Write(TraceConsole(result), shown, withSteps: true) : null);
    }

    private int ReplayUnderTest(ParseResult result, string name)
    {
        Replayable run = Replayable.Open(name);
        PlantedBug? bug = result.GetValue(_bug) is { } id ? BugCatalogue.Find(id) : null;
        return _underTest.Run(result, bug, trial => new DrawnSession(trial, result.GetValue(_json)).Play(run));
    }

    private static bool IsStream(string name) => File.Exists(name) && CorpusFile.Open(name) is not null;

    private static int ReplayStream(string file, PlantedBug? bug, bool json)
    {
        using PlantedWorld? world = bug is null ? null : Plant(bug);
        Func<string, (string? Property, string? Message, long Records)> play = CorpusTrial.Play;
        var (property, message, _) = (world?.Bind(play) ?? play)(file);
        return OutcomeLine.Tell(property is null ? Verdict.Passed : Verdict.Violated, property, message, bug?.Id, json);
    }

    private static int ReplayPlanted(Replayable run, PlantedBug bug, bool json)
    {
        using PlantedWorld world = Plant(bug);
        var (verdict, check, message) = world.Bind<Func<string, string?, (string, string?, string?)>>(ScenarioTrial.Replay)(
            run.Options.ToJson(), run.Choices?.Format());
        if (!json)
            Console.Out.WriteLine($"planted: {bug.Id}, {bug.Title}");
        return OutcomeLine.Tell(Enum.Parse<Verdict>(verdict), check, message, bug.Id, json);
    }

    private static PlantedWorld Plant(PlantedBug bug) => new(new DestinationCompiler().Compile(bug), bug.Id);

    // With --json stdout belongs to the program that reads it.
    private Spectre.Console.IAnsiConsole TraceConsole(ParseResult result) => result.GetValue(_json) ? Consoles.Error : Consoles.Output;
}
