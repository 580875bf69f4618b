using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Targets;
using Qemu.Migration.Wire;

namespace Fuzzing.Tests;

/// <summary>What a target tells of its states guides the engine as the blocks do that are passed.</summary>
public sealed class StateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("states").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Input_that_meets_a_new_state_is_kept_though_it_passes_no_new_block()
    {
        using InputBuffer buffer = new(1 << 12);
        FuzzLoop loop = new(new Combination(), buffer, [], new CorpusFolder(_folder), seed: 1, (_, _) => { });
        loop.Load([]);
        loop.Run(new FuzzLimits(100_000, null), CancellationToken.None);
        Assert.Equal(Combination.Steps, loop.Entries.Max(entry => Combination.Right(entry.Bytes)));
        Assert.Equal((0, 0), (loop.Coverage.Blocks, loop.Coverage.BlockCount));
    }

    [Fact]
    public void Connection_left_inside_a_packet_is_another_state_than_one_left_behind_it()
    {
        byte[] one = new byte[MultifdInitialPacket.SizeBytes];
        byte[] other = new byte[MultifdInitialPacket.SizeBytes];
        new MultifdInitialPacket(null, 0).Write(one);
        new MultifdInitialPacket(null, 1).Write(other);
        int[] whole = States("multifd", [1, .. Chunk(1, one), .. Chunk(2, other)]);
        int[] cut = States("multifd", [1, .. Chunk(1, one[..40]), .. Chunk(2, other), .. Chunk(1, one[40..])]);
        Assert.Single(whole);
        Assert.NotEmpty(cut.Except(whole));
    }

    [Fact]
    public void Counter_of_a_state_stops_where_it_is_full_and_begins_at_0_in_each_run()
    {
        Combination target = new();
        for (int run = 0; run < 300; run++)
            target.Run(new byte[] { 0 });
        Assert.Equal(1, target.States.Region.Counters[0]);
        for (int i = 0; i < 300; i++)
            target.States.Meet(1);
        Assert.Equal(byte.MaxValue, target.States.Region.Counters[1]);
    }

    [Fact]
    public void What_fails_while_an_input_is_trimmed_is_a_finding()
    {
        using InputBuffer buffer = new(1 << 12);
        List<(string Signature, int Length)> found = [];
        string seeds = Path.Combine(_folder, "seeds");
        FuzzLoop loop = new(
            new FailsAtThree(), buffer, [], new CorpusFolder(_folder), seed: 1, (finding, input) => found.Add((finding.Signature, input.Length)));
        loop.Load([]);
        loop.Run(new FuzzLimits(1000, null), CancellationToken.None);
        Assert.Contains(found, finding => finding.Length == 3);
        Assert.False(Directory.Exists(seeds));
    }

    private static int[] States(string name, byte[] input)
    {
        FuzzTarget target = TargetCatalogue.Create(name)!;
        target.Run(input);
        Span<byte> counters = target.States!.Region.Counters;
        List<int> met = [];
        for (int i = 0; i < counters.Length; i++)
        {
            if (counters[i] != 0)
                met.Add(i);
        }
        return [.. met];
    }

    private static byte[] Chunk(byte connection, byte[] content) =>
        [connection, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    /// <summary>Long inputs are new, and an input of three bytes fails: no mutation makes one at once, and trimming passes by.</summary>
    private sealed class FailsAtThree : FuzzTarget
    {
        public override string Name => "fails-at-three";

        public override string Covers => "Nothing.";

        public override string Asserts => "Nothing.";

        public override StateCounters States { get; } = new("lengths", 3);

        protected override void RunInput(ReadOnlyMemory<byte> input)
        {
            FindingException.Unless(input.Length != 3, "no input has three bytes", $"{input.Length}");
            States.Meet(Math.Min(input.Length, 2));
        }
    }

    /// <summary>Four bytes that have to be right: hopeless without a word on how many are.</summary>
    private sealed class Combination : FuzzTarget
    {
        private static readonly byte[] Secret = [0x4d, 0x93, 0x2e, 0xc1];

        public static int Steps => Secret.Length;

        public override string Name => "combination";

        public override string Covers => "Nothing.";

        public override string Asserts => "Nothing.";

        public override StateCounters States { get; } = new("bytes that are right", Secret.Length + 1);

        public static int Right(ReadOnlySpan<byte> input) => input.CommonPrefixLength(Secret);

        protected override void RunInput(ReadOnlyMemory<byte> input) => States.Meet(Right(input.Span));
    }
}
