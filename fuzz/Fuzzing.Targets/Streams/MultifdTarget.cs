using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;

namespace Fuzzing.Targets.Streams;

/// <summary>A multifd session: main and channels, interleaved by the input.</summary>
internal sealed class MultifdTarget : FuzzTarget
{
    private readonly SessionDestinations _destinations = new();
    private readonly SessionScript _script = new();

    public override string Name => "multifd";

    public override string Covers => "Sessions of 1 to 4 channels, plain, zlib and zstd, copied and in place, strangers included: recognition, packets, meeting points, ends.";

    public override string Asserts => "Nobody waits when all connections have ended, save for connections that never came; else as main-stream.";

    public override int MaximumBytes => 64 * 1024;

    public override InputFormat Format => SessionFormat.Instance;

    public override StateCounters? States => _script.States;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        byte options = input.IsEmpty ? (byte)0 : input.Span[0];
        FuzzDestination destination = _destinations.For(options);
        destination.Begin();
        _script.Run(destination, SessionDestinations.DeliveryOf(options), input.IsEmpty ? default : input.Span[1..]);

        // A listener goes on listening for connections that never came; the differential target says whether it should.
        if (destination.Migration.State.Status != MigrationStatus.Setup)
        {
            destination.RequireEnd();
            destination.Judge(_script.Bytes);
            destination.JudgeAnswers(_script.Answers);
        }
        destination.Clear();
    }
}
