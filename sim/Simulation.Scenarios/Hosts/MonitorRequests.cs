using System.Text;
using System.Text.Json;
using Simulation.Engine.Choices;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;
using Simulation.Scenarios.Qmp;
using Simulation.Source.Guest;

namespace Simulation.Scenarios.Hosts;

/// <summary>Makes a monitor's requests: what they look like on the wire.</summary>
/// <param name="options">The scenario.</param>
/// <param name="random">Decides what is drawn.</param>
/// <param name="firstDescriptor">The number of the first file descriptor that the client passes.</param>
internal sealed class MonitorRequests(ScenarioOptions options, Prng random, int firstDescriptor)
{
    /// <summary>The name that the migration's connection gets by <c>getfd</c>.</summary>
    public const string MainDescriptorName = "main";

    /// <summary>The variant of <c>qmp_capabilities</c> that is refused.</summary>
    public const int WrongNegotiation = 2;

    /// <summary>The variant of <c>x-touch</c> that is refused.</summary>
    public const int UnknownBlock = 2;

    private static readonly string[] DescriptorNames = ["a", "b"];

    private static readonly string[] MachineQuestions =
    [
        """ "execute": "query-uuid" """,
        """ "execute": "human-monitor-command", "arguments": {"command-line": "info uuid"} """,
        """ "execute": "query-machines" """,
        """ "execute": "human-monitor-command", "arguments": {"command-line": "info migrate_capabilities"} """,
    ];

    private int _made;
    private MonitorCommand _last;
    private int _recoveries;
    private int _descriptors = firstDescriptor;

    // What a manager that is awkward sends, the usual mistakes more often.
    private static readonly (MonitorCommand Command, int Weight)[] Awkward =
    [
        (MonitorCommand.BeginAgain, 3), (MonitorCommand.Continue, 4), (MonitorCommand.Stop, 4), (MonitorCommand.SwitchCapability, 3),
        (MonitorCommand.SetParameter, 3), (MonitorCommand.SwitchEvents, 3), (MonitorCommand.SwitchMultifd, 1),
        (MonitorCommand.QueryStatus, 5), (MonitorCommand.InfoStatus, 2), (MonitorCommand.Pause, 2), (MonitorCommand.Recover, 2),
        (MonitorCommand.Touch, 1), .. Harmless,
    ];

    // What other clients send too: it changes nothing for the migration.
    private static (MonitorCommand Command, int Weight)[] Harmless =>
    [
        (MonitorCommand.QueryStatus, 3), (MonitorCommand.Fixed, 24), (MonitorCommand.Malformed, 4), (MonitorCommand.QueryCapabilities, 2),
        (MonitorCommand.QueryParameters, 2), (MonitorCommand.QueryYank, 2), (MonitorCommand.InfoStatus, 1), (MonitorCommand.QueryMachine, 2),
        (MonitorCommand.NameDescriptor, 2), (MonitorCommand.CloseDescriptor, 2), (MonitorCommand.AddDescriptor, 1),
        (MonitorCommand.RemoveDescriptor, 1), (MonitorCommand.QueryDescriptors, 1),
    ];

    private static readonly int[] AwkwardWeights = [.. Awkward.Select(one => one.Weight)];
    private static readonly (MonitorCommand Command, int Weight)[] HarmlessOnes = Harmless;
    private static readonly int[] HarmlessWeights = [.. HarmlessOnes.Select(one => one.Weight)];

    /// <summary>Draws something awkward.</summary>
    /// <param name="isHarmless">Whether it may change nothing for the migration.</param>
    /// <returns>The request.</returns>
    public MonitorRequest Draw(bool isHarmless)
    {
        // A parser recovers from what is malformed: that shows in what it makes of the next message, which may be malformed in another way.
        bool isMalformedAgain = _last == MonitorCommand.Malformed && random.NextInt(3) == 0;
        return Make(isMalformedAgain ? MonitorCommand.Malformed
            : isHarmless ? HarmlessOnes[random.PickWeighted(HarmlessWeights)].Command
            : options.Migration.Postcopy is not null && random.NextInt(4) == 0
                ? DrawInPostcopy()
            : Awkward[random.PickWeighted(AwkwardWeights)].Command);
    }

    /// <summary>Makes a request.</summary>
    /// <param name="command">What it is; a variant is drawn where there are several.</param>
    /// <returns>The request.</returns>
    public MonitorRequest Make(MonitorCommand command)
    {
        _last = command;
        int variant = command switch
        {
            MonitorCommand.Fixed => random.NextInt(FixedCase.Commands.Length),
            MonitorCommand.Malformed => random.NextInt(FixedCase.Malformed.Length),
            MonitorCommand.QueryMachine => random.NextInt(MachineQuestions.Length),
            MonitorCommand.SwitchEvents or MonitorCommand.Negotiate => random.NextInt(2),
            MonitorCommand.AddDescriptor or MonitorCommand.RemoveDescriptor or MonitorCommand.BeginNowhere => random.NextInt(3),
            _ => 0,
        };
        if (command == MonitorCommand.Malformed)
        {
            FixedCase drawn = FixedCase.Malformed[variant];
            return new(command, Encoding.UTF8.GetBytes(drawn.Members)) { NeededBytes = drawn.NeededBytes, Variant = variant };
        }

        if (command == MonitorCommand.Touch)
            return Touch();
        string? name = command switch
        {
            MonitorCommand.NameDescriptor => random.NextInt(6) == 0 ? "7up" : DescriptorNames[random.NextInt(DescriptorNames.Length)],
            MonitorCommand.CloseDescriptor => DescriptorNames[random.NextInt(DescriptorNames.Length)],
            _ => null,
        };
        return Encode(command, variant, name);
    }

    /// <summary>Makes a <c>qmp_capabilities</c> that is refused.</summary>
    /// <returns>The request.</returns>
    public MonitorRequest NegotiateWrongly() => Encode(MonitorCommand.Negotiate, WrongNegotiation, null);

    /// <summary>Makes <c>getfd</c> with the migration's connection.</summary>
    /// <returns>The request.</returns>
    public MonitorRequest NameMainDescriptor() => Encode(MonitorCommand.NameDescriptor, 0, MainDescriptorName);

    private MonitorCommand DrawInPostcopy() => random.NextInt(6) switch
    {
        < 3 => MonitorCommand.Pause,
        5 => MonitorCommand.Touch,
        _ => MonitorCommand.Recover,
    };

    private MonitorRequest Touch()
    {
        // How long a block is may be a matter of what a source says that leaves the format.
        BlockOptions[] blocks = [.. options.Blocks.Where(block => block is { Stays: false, Pages: > 0, MostPages: 0 } && options.Deviations.Count == 0)];
        int variant = blocks.Length == 0 ? UnknownBlock : random.NextInt(3);
        if (variant == UnknownBlock)
            return Encode(MonitorCommand.Touch, variant, "nothing");
        BlockOptions block = blocks[random.NextInt(blocks.Length)];
        int page = random.NextInt(block.Pages);
        return Encode(MonitorCommand.Touch, variant, block.Name, variant == 0 ? page..(page + 1) : 0..block.Pages);
    }

    private MonitorRequest Encode(MonitorCommand command, int variant, string? name, Range pages = default)
    {
        string id = NextId();
        string text = $"{{{(command == MonitorCommand.Touch ? MembersOf(name!, pages) : MembersOf(command, variant, name))}{(id.Length == 0 ? "" : $", \"id\": {id}")}}}\n";
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return new(command, bytes)
        {
            NeededBytes = bytes.Length - 1,
            Id = id,
            Variant = variant,
            Name = name,
            Pages = pages,
            Descriptor = command is MonitorCommand.NameDescriptor or MonitorCommand.AddDescriptor ? _descriptors++ : null,
        };
    }

    private string NextId()
    {
        int number = _made++;
        return (options.Monitor.IsAwkward ? random.NextInt(6) : 0) switch
        {
            0 or 1 => $"\"id-{number}\"",
            2 => $"{number}",
            3 => $"{{\"n\":[{number},null,true]}}",
            4 => "\"\"",
            _ => "",
        };
    }

    private string MembersOf(string block, Range pages) =>
        $$""" "execute": "x-touch", "arguments": {"block": "{{JsonEncodedText.Encode(block)}}", "offset": {{pages.Start.Value * options.Machine.PageBytes}}, "length": {{(pages.End.Value - pages.Start.Value) * options.Machine.PageBytes}}} """;

    private string MembersOf(MonitorCommand command, int variant, string? name) => command switch
    {
        MonitorCommand.Negotiate when variant == WrongNegotiation => """ "execute": "qmp_capabilities", "arguments": {"enable": "x"} """,
        MonitorCommand.Negotiate when variant == 1 => """ "execute": "qmp_capabilities", "arguments": {"enable": []} """,
        MonitorCommand.Negotiate => """ "execute": "qmp_capabilities" """,
        MonitorCommand.QueryMigrate => """ "execute": "query-migrate" """,
        MonitorCommand.QueryStatus => """ "execute": "query-status" """,
        MonitorCommand.Begin or MonitorCommand.BeginAgain => Begin(),
        MonitorCommand.BeginAtTakenAddress => Begin($"\"uri\": \"{SimulatedHost.TakenAddress}\""),
        MonitorCommand.BeginNowhere => BeginNowhere(variant),
        MonitorCommand.Continue => """ "execute": "cont" """,
        MonitorCommand.Stop => """ "execute": "stop" """,
        MonitorCommand.SwitchCapability => Switch(("xbzrle", false), ("mapped-ram", false)),
        MonitorCommand.SetCapabilities => Switch([.. ScenarioMachine.CapabilityNamesOf(options.Migration).Select(one => (one, true))]),
        MonitorCommand.SwitchEvents => Switch(("events", variant == 1), ("release-ram", variant == 0)),
        MonitorCommand.SwitchMultifd => Switch(("release-ram", true), ("multifd", true)),
        MonitorCommand.SetParameter => """ "execute": "migrate-set-parameters", "arguments": {"multifd-channels": 7} """,
        MonitorCommand.SetParameters => SetParameters(),
        MonitorCommand.QueryCapabilities => """ "execute": "query-migrate-capabilities" """,
        MonitorCommand.QueryParameters => """ "execute": "query-migrate-parameters" """,
        MonitorCommand.QueryYank => """ "execute": "query-yank" """,
        MonitorCommand.Pause => """ "execute": "migrate-pause" """,
        MonitorCommand.Recover => $$""" "execute": "migrate-recover", "arguments": {"uri": "tcp:destination:{{SimulatedHost.FirstRecoveryPort + _recoveries++}}"} """,
        MonitorCommand.InfoStatus => """ "execute": "human-monitor-command", "arguments": {"command-line": "info status"} """,
        MonitorCommand.NameDescriptor => $$""" "execute": "getfd", "arguments": {"fdname": "{{name}}"} """,
        MonitorCommand.CloseDescriptor => $$""" "execute": "closefd", "arguments": {"fdname": "{{name}}"} """,
        MonitorCommand.AddDescriptor when variant == 0 => """ "execute": "add-fd", "arguments": {"opaque": "o"} """,
        MonitorCommand.AddDescriptor => $$""" "execute": "add-fd", "arguments": {"fdset-id": {{(variant == 1 ? 3 : -1)}}} """,
        MonitorCommand.RemoveDescriptor => $$""" "execute": "remove-fd", "arguments": {"fdset-id": {{(variant == 2 ? 3 : variant)}}} """,
        MonitorCommand.QueryDescriptors => """ "execute": "query-fdsets" """,
        MonitorCommand.QueryMachine => MachineQuestions[variant],
        MonitorCommand.Quit => """ "execute": "quit" """,
        _ => FixedCase.Commands[variant].Members,
    };

    private string Begin()
    {
        Transport transport = options.Migration.Transport;
        if (options.Monitor.SetsUpByCommand && random.NextInt(2) == 0)
        {
            string address = transport switch
            {
                Transport.Socket => """{"transport": "socket", "type": "inet", "host": "destination", "port": "4444"}""",
                Transport.Descriptor => """{"transport": "socket", "type": "fd", "str": "main"}""",
                _ => """{"transport": "file", "filename": "main", "offset": 0}""",
            };
            return Begin($$"""
                "channels": [{"channel-type": "main", "addr": {{address}}}]
                """);
        }

        return Begin($"\"uri\": \"{(transport switch
        {
            Transport.Socket => SimulatedHost.Address,
            Transport.Descriptor => SimulatedHost.Descriptor,
            _ => SimulatedHost.File,
        })}\"");
    }

    // QEMU ends at a failure unless it is told not to.
    private string Begin(string address) => options.Monitor.ExitsOnError && random.NextInt(2) == 0
        ? $$""" "execute": "migrate-incoming", "arguments": { {{address}} } """
        : $$""" "execute": "migrate-incoming", "arguments": { {{address}}, "exit-on-error": {{(options.Monitor.ExitsOnError ? "true" : "false")}}} """;

    private static string BeginNowhere(int variant)
    {
        const string channel = """{"channel-type": "main", "addr": {"transport": "file", "filename": "main", "offset": 0}}""";
        return variant switch
        {
            0 => """ "execute": "migrate-incoming" """,
            1 => $$""" "execute": "migrate-incoming", "arguments": {"uri": "file:main", "channels": [{{channel}}]} """,
            _ => $$""" "execute": "migrate-incoming", "arguments": {"channels": [{{channel}}, {{channel}}]} """,
        };
    }

    private string SetParameters() => options.Migration.Multifd
        ? $$""" "execute": "migrate-set-parameters", "arguments": {"multifd-channels": {{options.Migration.MultifdChannels}}, "multifd-compression": "{{ScenarioMachine.CompressionName(options.Migration.MultifdCompression)}}"} """
        : """ "execute": "migrate-set-parameters", "arguments": {"downtime-limit": 40, "max-bandwidth": 1048576} """;

    private static string Switch(params (string Name, bool State)[] wanted)
    {
        IEnumerable<string> states = wanted.Select(one =>
            $$"""{"capability": "{{one.Name}}", "state": {{(one.State ? "true" : "false")}}}""");
        return $$""" "execute": "migrate-set-capabilities", "arguments": {"capabilities": [{{string.Join(", ", states)}}]} """;
    }
}
