using Simulation.PlantedBugs.Compiling;
using Simulation.Coyote;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Own;

namespace Simulation.PlantedBugs.Trials;

/// <summary>The hosts of schedules, with the destination as it is or with a bug planted in it. What a host needs is made when it is
/// first asked for: a compilation, and for Coyote a rewriting, a second or two each.</summary>
/// <param name="image">The destination with the bug; null for the destination as it is.</param>
/// <param name="name">The bug's id.</param>
public sealed class ScheduleWorld(DestinationImage? image, string name) : IDisposable
{
    private PlantedWorld? _own;
    private CoyoteWorld? _coyote;

    /// <summary>Makes hosts with the destination as it is.</summary>
    public ScheduleWorld()
        : this(null, "")
    {
    }

    /// <summary>Makes hosts with a bug in the destination.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="compiler">Compiles it.</param>
    public ScheduleWorld(PlantedBug bug, DestinationCompiler compiler)
        : this(compiler?.Compile(bug), bug?.Id ?? "")
    {
    }

    /// <summary>The hosts by their names on the command line.</summary>
    public static IReadOnlyList<string> Hosts { get; } = ["own", "coyote"];

    /// <summary>Makes a search, for one thread.</summary>
    /// <param name="host">One of <see cref="Hosts"/>.</param>
    /// <param name="model">A model's name.</param>
    /// <param name="strategy">A strategy's name, of that host.</param>
    /// <returns>The search.</returns>
    /// <exception cref="ArgumentException">There is no such host, model or strategy.</exception>
    public ScheduleSearch Open(string host, string model, string strategy) => host switch
    {
        "own" => OpenOwn(model, strategy),
        "coyote" => OpenCoyote(model, strategy),
        _ => throw new ArgumentException($"no host '{host}'; there are {string.Join(", ", Hosts)}", nameof(host)),
    };

    /// <summary>Runs all schedules of a model with up to so many departures from the default order, under our own scheduler, or until one
    /// violates a property.</summary>
    /// <param name="model">A model's name.</param>
    /// <param name="departures">How many departures at most.</param>
    /// <param name="goesOn">Told after each schedule how many were run; says whether to go on.</param>
    /// <returns>How far it came.</returns>
    public ExhaustiveResult RunAll(string model, int departures, Func<long, bool> goesOn)
    {
        Func<string, int, Func<long, bool>, (long, bool, string?, string?, string, ulong)> run = ExhaustiveTrial.Run;
        if (image is not null)
            run = (_own ??= new(image, name)).Bind(run);
        var (done, isComplete, property, message, choices, hash) = run(model, departures, goesOn);
        return new(done, isComplete, property, message, property is null ? null : choices, hash);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own?.Dispose();
        _coyote?.Dispose();
    }

    private ScheduleSearch OpenOwn(string model, string strategy)
    {
        Func<string, string, Func<ulong, int, string?, (int, string?, string?, string, ulong)>> open = OwnTrial.Open;
        if (image is not null)
            open = (_own ??= new(image, name)).Bind(open);
        var run = open(model, strategy);
        return (seed, schedules, replay) =>
        {
            var (done, property, message, choices, hash) = run(seed, schedules, replay);
            return new(done, property, message, property is null ? null : choices, hash);
        };
    }

    private ScheduleSearch OpenCoyote(string model, string strategy)
    {
        _coyote ??= new(CoyoteRewriter.Rewrite(image?.Destination));
        var run = _coyote.Bind<Func<string, string, Func<uint, int, string?, (int, string?, string?, string?)>>>(CoyoteHost.Open)(
            model, strategy);
        return (seed, schedules, replay) =>
        {
            // Coyote's seeds have 32 bits.
            var (done, property, message, trace) = run(unchecked((uint)seed), schedules, replay);
            return new(done, property, message, trace, 0);
        };
    }
}
