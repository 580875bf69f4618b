using Qemu.Migration.Destination.Memory;
using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Schedules.Own;

/// <summary>Runs schedules of a model under the simulation's own scheduler, one after the other on the calling thread. Loop, memory
/// and strategy are used again: a schedule costs its decisions and the migration's own objects.</summary>
public sealed class OwnHost : IDisposable
{
    private static readonly RunLimits Limits = RunLimits.Default with { MaximumSteps = 100_000 };

    // The models are closed: what escapes in one run escapes in many.
    private const int WatchedOneIn = 64;

    private readonly SimulationLoop _loop = new();
    private readonly ScheduleModel _model;
    private readonly string _strategyName;
    private readonly OwnEnvironment _environment;
    private readonly GuestMemory _memory;
    private SchedulingStrategy? _strategy;
    private long _runs;

    /// <summary>Makes a host.</summary>
    /// <param name="model">The model.</param>
    /// <param name="strategy">A name of <see cref="StrategyCatalogue.Names"/>.</param>
    /// <exception cref="ArgumentException">There is no such strategy.</exception>
    public OwnHost(ScheduleModel model, string strategy)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _environment = new(_loop, model);
        _memory = new(_environment, model.Machine);
        _strategyName = StrategyCatalogue.Names.Contains(strategy)
            ? strategy
            : throw new ArgumentException($"There is no strategy '{strategy}'.", nameof(strategy));
    }

    /// <summary>The decisions of the last run; valid until the next one.</summary>
    public ChoiceTape Choices => _loop.Choices;

    /// <summary>Runs one schedule.</summary>
    /// <param name="seed">Decides who goes when.</param>
    /// <param name="replay">Decisions to take again; null for none.</param>
    /// <returns>How it ended.</returns>
    public ScheduleResult Run(ulong seed, ChoiceLog? replay = null)
    {
        // A first run, in plain order, says how many decisions the model takes.
        _strategy ??= StrategyCatalogue.Create(_strategyName, Math.Max(1, Run(0, new FifoStrategy(), null).Decisions));
        return Run(seed, _strategy, replay);
    }

    private ScheduleResult Run(ulong seed, SchedulingStrategy strategy, ChoiceLog? replay)
    {
        _memory.Reset();
        _environment.Witness.Reset();
        _loop.Reset(seed, strategy, replay);
        _loop.WatchesEscapes = _runs++ % WatchedOneIn == 0;
        ModelRun run = new(_model, _environment, _memory);
        run.Start();
        _environment.Spawn("end", run.WaitForEndAsync);
        RunReport report = _loop.Run(Limits);
        ScheduleViolation? violation = report.Outcome == RunOutcome.Completed
            ? run.Judge()
            : _environment.Witness.Violation ?? new("EveryRunEnds", report.ToString());
        return new(report.TraceHash, report.Decisions, violation);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
