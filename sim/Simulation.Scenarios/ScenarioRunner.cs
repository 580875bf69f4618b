using Qemu.Migration.Destination;
using Simulation.Engine;
using Simulation.Engine.Fabric;
using Simulation.Engine.Loop;
using Simulation.Engine.Probes;
using Simulation.Engine.Scheduling;
using Simulation.Engine.Time;
using Simulation.Engine.Tracing;
using Simulation.Oracle;
using Simulation.Scenarios.Checks;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios;

/// <summary>Runs scenarios, one at a time, on the calling thread. One object is used by one thread and again and again: it keeps its
/// storage.</summary>
public sealed class ScenarioRunner : IDisposable
{
    /// <summary>Connections of monitors are numbered from here in the trace, those of the migration from 0.</summary>
    public const int FirstMonitorConnection = 1000;

    private const long MostSteps = 20_000_000;
    private const long MarginNanoseconds = 30 * VirtualDuration.Second;

    private readonly SimulationLoop _loop = new();
    private readonly NetworkFabric _fabric;
    private readonly NetworkFabric _monitors;
    private readonly PooledMemory _memory = new();
    private readonly OracleReader _oracle = new();
    private readonly SimulatedSource _source = new();
    private readonly Dictionary<string, SchedulingStrategy> _strategies = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<ICheck> _checks;
    private ScenarioMachine? _machine;
    private SimulatedHost? _host;

    /// <summary>Makes a runner that judges by all checks.</summary>
    public ScenarioRunner()
        : this(CheckCatalogue.All)
    {
    }

    /// <summary>Makes a runner.</summary>
    /// <param name="checks">What it judges runs by, in this order; at most 64.</param>
    public ScenarioRunner(IReadOnlyList<ICheck> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(checks.Count, 8 * sizeof(ulong));
        _checks = checks;
        _fabric = new NetworkFabric(_loop);
        _monitors = new NetworkFabric(_loop, FirstMonitorConnection);
    }

    /// <summary>What was seen of the last run; valid until the next one, but for the content of the destination's memory: that is gone
    /// when the checks have judged.</summary>
    public RunObservation Observation { get; } = new();

    /// <summary>Runs a scenario from its beginning.</summary>
    /// <param name="options">The scenario, valid.</param>
    /// <param name="request">How to run it; null for plainly.</param>
    /// <returns>What it showed.</returns>
    /// <exception cref="ArgumentException">The scenario is not valid.</exception>
    public RunResult Run(ScenarioOptions options, RunRequest? request = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(options));
        request ??= new RunRequest();
        ProbeCounts probes = new(Probes.Catalogue);
        SchedulingStrategy? strategy = StrategyOf(options.Strategy);
        try
        {
            Reset(options, request, strategy);
            if (strategy is { DependsOnLength: true })
            {
                strategy.LengthInDecisions = Measure(options);
                Reset(options, request, strategy);
            }

            RunReport report = Simulate(options, request);
            return Conclude(options, request, report, probes);
        }
        catch (HarnessException broken)
        {
            return Result(options, request, Verdict.HarnessFailed, null, broken.Message, probes);
        }
        finally
        {
            // What was received says what was written only where every page written was received whole. A channel that is stopped while
            // it reads in place leaves part of a page. In postcopy pages are thrown away, and the guest writes.
            bool isKnown = Observation is { Oracle.Outcome: OracleOutcome.Accepted, Memory: not null, ReadsInPlace: 0, Oracle.Postcopy: null }
                && (!options.Migration.MappedRam || Observation.FinalStatus == MigrationStatus.Completed);
            _memory.TakeBack(isKnown ? Observation.Memory!.Blocks : null, options.Machine.PageBytes);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private void Reset(ScenarioOptions options, RunRequest request, SchedulingStrategy? strategy)
    {
        Observation.Reset(options);
        _loop.Trace.Retain = request.RetainTrace;
        _loop.Reset(options.Seed, strategy, request.Schedule);
        _fabric.Reset();
        _monitors.Reset();
    }

    // How many decisions the scenario takes, from a run of its own in plain order. A length that is guessed puts what depends on it where
    // nothing happens.
    private int Measure(ScenarioOptions options)
    {
        RunRequest plain = new();
        Reset(options, plain, strategy: null);
        int decisions = Simulate(options, plain).Decisions;
        _memory.TakeBack(null, options.Machine.PageBytes);
        return Math.Max(1, decisions);
    }

    private RunReport Simulate(ScenarioOptions options, RunRequest request)
    {
        _machine = new ScenarioMachine(options);
        _loop.TimeProvider.SetTimestamps(options.Host.UptimeNanoseconds, options.Host.ClockTicksPerNanosecond);
        _host = new SimulatedHost(_loop, _fabric, _monitors, _memory, Observation, _machine);
        _source.Reset(_loop, Observation, _machine);
        // A destination that waits for a channel for urgent pages gives up, and is recovered then.
        long patience = options.Migration.Postcopy is { Preempt: true } ? 2 * MarginNanoseconds : MarginNanoseconds;
        long deadline = options.FaultsEndNanoseconds + (8 * ScenarioBudget.DurationOf(options)) + patience;
        MonitorClient monitor = new(_loop, _monitors, Observation) { DeadlineNanoseconds = deadline, IsOver = IsOver };
        _source.OnDone = _host.OnEnded = _host.OnConnectionDone = monitor.Notice;
        _host.OnRecovery = _source.Recover;
        _loop.Spawn("monitor", monitor.RunAsync);
        StartTransport(options);
        FaultInjector.Arm(_loop, _fabric, options.Faults);
        _loop.At(options.FaultsEndNanoseconds, EndFaults);
        for (int i = 0; i < options.Strangers.Count; i++)
        {
            int number = i;
            _loop.Spawn(
                $"stranger/{number}",
                () => Strangers.VisitAsync(_loop, _fabric, Observation, options.Strangers[number], number),
                isBackground: true);
        }

        for (int i = 0; i < options.Monitor.Visitors; i++)
        {
            int number = i;
            _loop.Spawn(
                $"monitor/visitor/{number}", () => MonitorVisitor.VisitAsync(_loop, _monitors, Observation, number), isBackground: true);
        }

        return _loop.Run(new RunLimits(deadline + (3 * MarginNanoseconds), request.UntilStep ?? MostSteps));
    }

    private void StartTransport(ScenarioOptions options)
    {
        _fabric.Listen(SimulatedHost.TakenAddress);
        switch (options.Migration.Transport)
        {
            case Transport.Socket:
                _loop.Spawn("source", () => _source.ConnectAndRunAsync(_fabric, options.Link), isBackground: true);
                break;
            case Transport.Descriptor:
                FabricConnection pair = _fabric.Pair("main", options.Link);
                ReceivedStream stream = Observation.OpenStream("main");
                Observation.Recognize(stream, ConnectionRole.Main);
                _host!.Given = (new SimulatedChannel(_loop, pair.Server, stream, Observation, fromListener: false), stream);
                _loop.Spawn("source", () => _source.RunAsync(pair.Client, []), isBackground: true);
                break;
            default:
                if (options.Monitor.Quits == QuitMoment.BeforeIncoming)
                {
                    // The source writes it, and nobody opens it.
                    _source.WriteFile();
                    break;
                }

                ReadOnlyMemory<byte> written = _source.WriteFile();
                ReadOnlyMemory<byte> content = FaultInjector.Damage(written, options.Faults, out bool fails);
                Observation.FileIsDamaged = !content.Equals(written);
                ReceivedStream file = Observation.OpenStream("main");
                file.NoteRead(content, 0);
                file.Holes = _source.FileHoles;
                file.OriginBytes = options.Migration.FileOffset;
                file.HasEnded = true;
                Observation.Recognize(file, ConnectionRole.Main);
                _host!.Given = (new SimulatedFile(_loop, file, options.Link, options.Host.Channel == ChannelKind.Lent, fails), file);
                break;
        }
    }

    private void EndFaults()
    {
        _loop.Record(ScenarioTraceKinds.FaultsEnded);
        _fabric.Faults.StopAll();
    }

    // The migration and its source have ended, or rest where nobody recovers them, and no connection is served any more.
    private bool IsOver()
    {
        if (_host!.Migration is not { } migration)
            return false;
        bool recovers = Observation.Options.Migration.Postcopy is { Recovers: true };
        bool isPausedHere = migration.State.Status == MigrationStatus.PostcopyPaused && (!recovers || _source.IsDone);
        bool isPausedThere = _source.IsPaused && (!recovers || migration.Ended.IsCompleted);
        if (!(_source.IsDone || isPausedThere) || !(migration.Ended.IsCompleted || isPausedHere))
            return false;
        foreach (ReceivedStream stream in Observation.Streams)
        {
            if (!stream.IsDone)
                return false;
        }

        return true;
    }

    private RunResult Conclude(ScenarioOptions options, RunRequest request, RunReport report, ProbeCounts probes)
    {
        _source.Conclude();
        RunObservation seen = Observation;
        seen.Report = report;
        seen.EndNanoseconds = _loop.NowNanoseconds;
        seen.TaskCount = TaskNames().Count(name => !IsOfOthers(name));
        seen.FinalRunState = _host!.VirtualMachine.State;
        if (_host.Migration is { } migration)
        {
            seen.Watch(() => (seen.FinalStatus, seen.FinalStatistics) = migration.State.Snapshot());
            seen.Error = migration.State.Error;
        }

        foreach (FabricConnection connection in _fabric.Connections)
        {
            foreach (Damage damage in connection.Damage)
                seen.Damage.Add((connection.Name, damage));
        }

        if (request.UntilStep is not null && report.Outcome == RunOutcome.StepsExhausted)
            return Result(options, request, Verdict.Passed, null, $"cut short after {report.Steps} steps", probes);
        if (report.Failure is not null)
            return Result(options, request, Verdict.HarnessFailed, null, report.ToString(), probes);
        seen.Oracle = OracleQuestion.Ask(_oracle, _machine!, seen);
        ProbeSpotter.Spot(seen, probes);
        return Judge(options, request, probes);
    }

    private RunResult Judge(ScenarioOptions options, RunRequest request, ProbeCounts probes)
    {
        ulong applied = 0;
        for (int i = 0; i < _checks.Count; i++)
        {
            if (!_checks[i].AppliesTo(Observation))
                continue;
            applied |= 1UL << i;
            if (_checks[i].Judge(Observation) is { } violation)
                return Result(options, request, Verdict.Violated, _checks[i].Name, violation, probes) with { AppliedChecks = applied };
        }

        return Result(options, request, Verdict.Passed, null, null, probes) with { AppliedChecks = applied };
    }

    private RunResult Result(
        ScenarioOptions options, RunRequest request, Verdict verdict, string? check, string? message, ProbeCounts probes) => new()
        {
            Seed = options.Seed,
            Verdict = verdict,
            Check = check,
            Message = message,
            FinalStatus = Observation.FinalStatus,
            VirtualNanoseconds = _loop.NowNanoseconds,
            Steps = _loop.Steps,
            Events = _loop.Trace.Count,
            Decisions = _loop.Choices.Recorded.Count,
            TraceHash = _loop.Trace.Hash,
            Content = request.HashesContent && verdict != Verdict.HarnessFailed ? RunContent.Of(Observation) : null,
            Choices = _loop.Choices.Recorded.Copy(),
            FirstDivergence = _loop.Choices.FirstDivergence,
            Probes = probes,
            Trace = request.RetainTrace ? _loop.Trace.Events.ToArray() : Array.Empty<TraceEvent>(),
            TaskNames = request.RetainTrace ? ["loop", .. TaskNames()] : [],
            StreamBytes = Observation.Streams.Sum(stream => (long)stream.Count),
        };

    private List<string> TaskNames()
    {
        List<string> names = [];
        foreach (LogicalTask task in _loop.Tasks)
            names.Add(task.Name);
        return names;
    }

    private static bool IsOfOthers(string task) => task.StartsWith("source", StringComparison.Ordinal)
        || task.StartsWith("stranger", StringComparison.Ordinal) || task.StartsWith("monitor", StringComparison.Ordinal)
        || task.StartsWith("qmp", StringComparison.Ordinal) || task.StartsWith("host", StringComparison.Ordinal);

    private SchedulingStrategy? StrategyOf(string? name)
    {
        if (name is null)
            return null;
        if (!_strategies.TryGetValue(name, out SchedulingStrategy? strategy))
            _strategies.Add(name, strategy = StrategyCatalogue.Create(name, lengthInDecisions: 1));
        return strategy;
    }
}
