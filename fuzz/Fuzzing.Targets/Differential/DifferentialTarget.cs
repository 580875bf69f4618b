using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;

namespace Fuzzing.Targets.Differential;

/// <summary>
/// Destination against oracle. The first byte says which machine and settings, the rest is a stream or, for multifd, a script of
/// chunks with an options byte of its own.
/// </summary>
internal sealed class DifferentialTarget : FuzzTarget
{
    /// <summary>The first byte that a multifd session has; smaller ones are for single streams.</summary>
    public const int MultifdMode = 8;

    /// <summary>From this first byte on it is postcopy: a single stream, or a script of main and recoveries where bit 0 is set.</summary>
    public const int PostcopyMode = 0xf0;

    private readonly Pair[] _singles =
    [
        new(Machines.None),
        new(Machines.SmallPc, "switchover-ack"),
        new(Machines.None, "x-ignore-shared"),
        new(Machines.Tiny, "mapped-ram") { Channel = new(Delivery.Lent) },
        new(Machines.Tiny, "mapped-ram", "x-ignore-shared") { Channel = new(Delivery.Seekable) },
        new(Machines.None with { SendConfiguration = false }) { Channel = new(Delivery.Lent) },
        Pair.WrittenThrough(Machines.None with { SendSectionFooter = false }),
        new(Machines.None with { SuppressVmDescription = true }) { Channel = new(Delivery.Seekable) },
    ];

    private readonly Pair[] _sessions =
        [.. Enumerable.Range(0, SessionDestinations.Count).Select(number => MakeSession(SessionDestinations.OptionsOf(number)))];

    private readonly SessionScript _script = new();
    private readonly PostcopyDifference _postcopy = new();

    public override string Name => "differential";

    public override string Covers => "The destination on streams, multifd sessions and postcopy with recoveries, nine machines and settings, beside the oracle on the same bytes.";

    public override string Asserts => "Verdict, error code and place, counters, bytes, answers, run state and guest memory are the oracle's.";

    public override int MaximumBytes => 48 * 1024;

    public override InputFormat Format => DifferentialFormat.Instance;

    public override StateCounters? States => _script.States;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        int mode = input.IsEmpty ? 0 : input.Span[0] % (MultifdMode + 1);
        ReadOnlyMemory<byte> stream = input.IsEmpty ? input : input[1..];
        if (!input.IsEmpty && input.Span[0] >= PostcopyMode)
        {
            _postcopy.Run(stream, isScript: (input.Span[0] & 1) != 0);
            return;
        }
        if (mode == MultifdMode)
        {
            RunSession(stream);
            return;
        }
        Pair pair = _singles[mode];
        pair.Destination.Run(pair.Channel, stream);
        OracleVerdict oracle = pair.Ask(stream, []);
        Comparison.Judge(pair, oracle, isComplete: true);
        if (pair.IsSequential || oracle.Outcome == OracleOutcome.Accepted)
            AnswerComparison.Judge(pair.Channel.Answers, oracle);
        pair.Destination.Clear();
    }

    private void RunSession(ReadOnlyMemory<byte> input)
    {
        byte options = input.IsEmpty ? (byte)0 : input.Span[0];
        Pair pair = _sessions[SessionDestinations.NumberOf(options)];
        FuzzDestination destination = pair.Destination;
        destination.Begin();
        _script.Run(destination, SessionDestinations.DeliveryOf(options), input.IsEmpty ? default : input.Span[1..]);
        if (destination.Migration.State.Status != MigrationStatus.Setup)
        {
            destination.RequireEnd();
            destination.Judge(_script.Bytes);
        }
        ReadOnlyMemory<byte>? main = null;
        List<ReadOnlyMemory<byte>> channels = [];
        foreach (ScriptedChannel channel in _script.Introduced)
        {
            if (channel.Delivered.Count < 4 || destination.Environment.Refused.Contains(channel.Name))
                continue;
            byte[] bytes = [.. channel.Delivered];
            if (bytes.AsSpan().StartsWith("QEVM"u8))
                main = bytes;
            else
                channels.Add(bytes);
        }

        // This target does not compare which of too many connections is refused.
        if (channels.Count <= pair.MultifdChannels)
            Judge(pair, main, channels);
        destination.Clear();
    }

    private static void Judge(Pair pair, ReadOnlyMemory<byte>? main, List<ReadOnlyMemory<byte>> channels) =>
        Comparison.Judge(
            pair, pair.Ask(main ?? default, channels, main is not null),
            isComplete: main is not null && channels.Count >= pair.MultifdChannels);

    private static Pair MakeSession(byte options) =>
        new(SessionDestinations.ProfileOf(options), ["multifd"], SessionDestinations.Make(options))
        {
            MultifdChannels = SessionDestinations.ChannelsOf(options),
            Compression = Enum.Parse<OracleCompression>(SessionDestinations.CompressionOf(options), ignoreCase: true),
        };
}
