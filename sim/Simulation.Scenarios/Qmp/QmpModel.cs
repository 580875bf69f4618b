using System.Globalization;
using System.Text;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Qmp;

/// <summary>
/// QMP as a manager of QEMU 10.0.2 knows it: what each command must be answered, by all that was commanded before and by what the
/// migration and its guest were at that moment. It shares no code with the destination's monitor.
/// </summary>
/// <param name="run">What was seen of the run: states and when they changed.</param>
internal sealed class QmpModel(RunObservation run)
{
    private static readonly string[] CapabilityNames =
    [
        "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "compress", "events", "postcopy-ram", "x-colo", "release-ram", "block",
        "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps", "postcopy-blocktime", "late-block-activate",
        "x-ignore-shared", "validate-uuid", "background-snapshot", "zero-copy-send", "postcopy-preempt", "switchover-ack", "dirty-limit",
        "mapped-ram",
    ];

    private readonly SortedSet<string> _capabilities = new(
        run.Options.Monitor.SetsUpByCommand ? [] : ScenarioMachine.CapabilityNamesOf(run.Options.Migration), StringComparer.Ordinal);

    private readonly SortedDictionary<string, string> _parameters = ParametersOf(run.Options);

    private readonly List<MonitorSession> _negotiated = [];
    private RunState _runState;
    private int _readOrder = -1;
    private bool _isStarted;

    /// <summary>The descriptors that the host keeps.</summary>
    public DescriptorModel Descriptors { get; } = new();

    /// <summary>Whether the capability <c>events</c> is on.</summary>
    public bool HasEvents => _capabilities.Contains("events");

    /// <summary>Takes a request as the host carries it out.</summary>
    /// <param name="exchange">The request; after all that were read before it.</param>
    /// <returns>What its reply must be.</returns>
    public ExpectedReply Take(MonitorExchange exchange)
    {
        MonitorRequest request = exchange.Request;

        // Commands that came in one read are carried out in one go: nothing else happens between them.
        if (exchange.ReadOrder != _readOrder)
            (_readOrder, _runState) = (exchange.ReadOrder, RunStateAt(exchange.Order));
        if (request.Command == MonitorCommand.Malformed)
            return FixedCase.Malformed[request.Variant].Reply;
        if (!_negotiated.Contains(exchange.Session))
            return Negotiate(exchange);
        return request.Command switch
        {
            MonitorCommand.QueryMigrate => ExpectedReply.AnyResult,
            MonitorCommand.QueryStatus => QueryStatus(),
            MonitorCommand.InfoStatus => InfoStatus(),
            MonitorCommand.QueryYank => QueryYank(exchange.Order),
            MonitorCommand.Begin or MonitorCommand.BeginAgain => Begin(),
            MonitorCommand.BeginAtTakenAddress => ExpectedReply.Generic(_isStarted ? AlreadyStarted : null),
            MonitorCommand.BeginNowhere => BeginNowhere(request.Variant),
            MonitorCommand.Continue or MonitorCommand.Stop => Run(request.Command == MonitorCommand.Continue),
            MonitorCommand.Quit => ExpectedReply.Done,
            MonitorCommand.Pause => StatusAt(exchange.Order) is MigrationStatus.PostcopyActive or MigrationStatus.PostcopyRecover
                ? ExpectedReply.Done
                : ExpectedReply.Generic("migrate-pause is currently only supported during postcopy-active or postcopy-recover state"),
            MonitorCommand.Recover => StatusAt(exchange.Order) == MigrationStatus.PostcopyPaused
                ? ExpectedReply.Done : ExpectedReply.Generic("Migrate recover can only be run when postcopy is paused."),
            MonitorCommand.Touch => Touch(request),
            MonitorCommand.SwitchCapability => Switch(("xbzrle", false), ("mapped-ram", false)),
            MonitorCommand.SetCapabilities => Switch([.. ScenarioMachine.CapabilityNamesOf(run.Options.Migration).Select(name => (name, true))]),
            MonitorCommand.SwitchEvents => Switch(("events", request.Variant == 1), ("release-ram", request.Variant == 0)),
            MonitorCommand.SwitchMultifd => SwitchMultifd(),
            MonitorCommand.SetParameter => Set("multifd-channels", "7"),
            MonitorCommand.SetParameters => SetParameters(run.Options.Migration),
            MonitorCommand.QueryCapabilities => QueryCapabilities(),
            MonitorCommand.QueryParameters => ExpectedReply.AnyResult,
            MonitorCommand.NameDescriptor or MonitorCommand.CloseDescriptor or MonitorCommand.AddDescriptor
                or MonitorCommand.RemoveDescriptor or MonitorCommand.QueryDescriptors => Descriptors.Take(request),
            MonitorCommand.QueryMachine => QueryMachine(request.Variant),
            _ => Carry(FixedCase.Commands[request.Variant]),
        };
    }

    /// <summary>What a reply to <c>query-migrate-parameters</c> must have: those that the model knows.</summary>
    /// <returns>Names and values as JSON.</returns>
    public IEnumerable<(string Name, string Value)> Parameters() => _parameters.Select(one => (one.Key, one.Value));

    private const string AlreadyStarted = "The incoming migration has already been started";

    private ExpectedReply Negotiate(MonitorExchange exchange)
    {
        if (exchange.Command != MonitorCommand.Negotiate)
            return ExpectedReply.NotFound("Expecting capabilities negotiation with 'qmp_capabilities'");
        if (exchange.Request.Variant == MonitorRequests.WrongNegotiation)
            return ExpectedReply.Generic("Invalid parameter type for 'enable', expected: array");
        _negotiated.Add(exchange.Session);
        return ExpectedReply.Done;
    }

    private ExpectedReply Begin()
    {
        if (_isStarted)
            return ExpectedReply.Generic(AlreadyStarted);
        bool isNamed = run.Options is { Migration.Transport: Transport.Descriptor, Monitor.SetsUpByCommand: true };
        if (isNamed && !Descriptors.TryTake(MonitorRequests.MainDescriptorName))
            return ExpectedReply.Generic($"File descriptor named '{MonitorRequests.MainDescriptorName}' has not been found");
        _isStarted = true;
        return ExpectedReply.Done;
    }

    private ExpectedReply BeginNowhere(int variant) => ExpectedReply.Generic(
        _isStarted ? AlreadyStarted
        : variant < 2 ? "need either 'uri' or 'channels' argument"
        : "Channel list must have only one entry, for type 'main'");

    private ExpectedReply Switch(params (string Name, bool State)[] wanted)
    {
        foreach ((string name, bool state) in wanted)
        {
            if (state)
                _capabilities.Add(name);
            else
                _capabilities.Remove(name);
        }

        return ExpectedReply.Done;
    }

    // How many pages are missing is a matter of the stream: the pages that are asked for are checked (TouchedPagesAreRequested).
    private ExpectedReply Touch(MonitorRequest request) =>
        _runState != RunState.Running ? ExpectedReply.Generic("The guest does not run")
        : request.Variant == MonitorRequests.UnknownBlock ? ExpectedReply.Generic($"RAM block '{request.Name}' not found")
        : ExpectedReply.AnyResult;

    private ExpectedReply SwitchMultifd()
    {
        if (_capabilities.Contains("xbzrle"))
            return ExpectedReply.Generic("Multifd is not compatible with xbzrle");
        return _isStarted && !_capabilities.Contains("multifd")
            ? ExpectedReply.Generic("Multifd must be set before incoming starts")
            : Switch(("release-ram", true), ("multifd", true));
    }

    private ExpectedReply SetParameters(MigrationOptions migration)
    {
        if (!migration.Multifd)
        {
            Set("downtime-limit", "40");
            return Set("max-bandwidth", "1048576");
        }

        Set("multifd-channels", $"{migration.MultifdChannels}");
        return Set("multifd-compression", $"\"{ScenarioMachine.CompressionName(migration.MultifdCompression)}\"");
    }

    private ExpectedReply Carry(FixedCase command)
    {
        if (command.Sets is var (name, value))
            Set(name, value);
        if (!_capabilities.Contains("postcopy-ram"))
            return command.Reply;

        // What does not go with postcopy is refused for that first.
        return command == FixedCase.StartPostcopy ? ExpectedReply.Generic("Postcopy must be started after migration has been started")
            : command.Reply.Class == "GenericError" && command.Members.Contains("migrate-set-capabilities", StringComparison.Ordinal) ? ExpectedReply.Generic(null)
            : command.Reply;
    }

    private ExpectedReply QueryMachine(int variant) => variant switch
    {
        0 => ExpectedReply.Of($$"""{"UUID": "{{ScenarioMachine.UuidOf(run.Options) ?? Guid.Empty}}"}"""),
        1 => ExpectedReply.Of($"\"{ScenarioMachine.UuidOf(run.Options) ?? Guid.Empty}\\r\\n\""),
        2 => ExpectedReply.Of($$"""
            [{"name": "{{ScenarioMachine.NameOf(run.Options)}}", "cpu-max": 1, "hotpluggable-cpus": false, "numa-mem-supported": false,
              "deprecated": false, "acpi": false}]
            """),
        _ => ExpectedReply.Of($"\"{string.Concat(CapabilityNames.Select(name => $"{name}: {(_capabilities.Contains(name) ? "on" : "off")}\\r\\n"))}\""),
    };

    private static SortedDictionary<string, string> ParametersOf(ScenarioOptions options)
    {
        SortedDictionary<string, string> parameters = new(StringComparer.Ordinal);
        foreach ((string name, string value) in SettingCases.Defaults)
            parameters.Add(name, value);
        if (options is { Migration: { Multifd: true } migration, Monitor.SetsUpByCommand: false })
        {
            parameters["multifd-channels"] = $"{migration.MultifdChannels}";
            parameters["multifd-compression"] = $"\"{ScenarioMachine.CompressionName(migration.MultifdCompression)}\"";
        }

        return parameters;
    }

    private ExpectedReply Set(string parameter, string value)
    {
        _parameters[parameter] = value;
        return ExpectedReply.Done;
    }

    private ExpectedReply QueryCapabilities() => ExpectedReply.Of(
        $"[{string.Join(',', CapabilityNames.Select(name => $$"""{"capability":"{{name}}","state":{{(_capabilities.Contains(name) ? "true" : "false")}}}"""))}]");

    // A guest that is still awaited is neither started nor stopped, and only one that lives is paused.
    private ExpectedReply Run(bool runs)
    {
        if (_runState != RunState.InMigrate && (runs || _runState is RunState.Running or RunState.Suspended))
            _runState = runs ? RunState.Running : RunState.Paused;
        return ExpectedReply.Done;
    }

    private ExpectedReply QueryStatus() => ExpectedReply.Of(
        $$"""{"status":"{{_runState.ToQapi()}}","running":{{(_runState == RunState.Running ? "true" : "false")}}}""");

    private ExpectedReply InfoStatus()
    {
        RunState state = _runState;
        StringBuilder text = new("VM status: ");
        text.Append(state == RunState.Running ? "running" : "paused");
        if (state is not (RunState.Running or RunState.Paused))
            text.Append(CultureInfo.InvariantCulture, $" ({state.ToQapi()})");
        return ExpectedReply.Of($"\"{text}\\r\\n\"");
    }

    private MigrationStatus StatusAt(int order)
    {
        MigrationStatus status = MigrationStatus.None;
        foreach (StatusChange change in run.Statuses)
        {
            if (change.Order < order)
                status = change.To;
        }

        return status;
    }

    private ExpectedReply QueryYank(int order)
    {
        bool isUnderWay = StatusAt(order) is > MigrationStatus.None and < MigrationStatus.Completed;
        return ExpectedReply.Of(isUnderWay ? """[{"type":"migration"}]""" : "[]");
    }

    private RunState RunStateAt(int order)
    {
        RunState state = RunState.InMigrate;
        foreach (RunStateChange change in run.RunStates)
        {
            if (change.Order < order)
                state = change.To;
        }

        return state;
    }
}
