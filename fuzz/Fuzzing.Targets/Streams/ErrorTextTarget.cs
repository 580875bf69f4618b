using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Fuzzing.Targets.Text;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Streams;

/// <summary>What a user reads of a stream that is wrong, names chosen by the peer included.</summary>
internal sealed class ErrorTextTarget : FuzzTarget
{
    // Three texts of the peer, each character of which is escaped, and the words around them.
    private const int MostCharacters = (3 * 10 * Limits.PeerTextCharacters) + 1000;
    private readonly FuzzDestination _destination = new(Machines.SmallPc, Machines.With());
    private readonly FuzzChannel _channel = new(Delivery.Lent);

    public override string Name => "error-text";

    public override string Covers => "The message of whatever error a main stream into a pc ends in.";

    public override string Asserts => "One line of bounded length that a terminal shows and does not act on.";

    public override InputFormat Format => MainStreamFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        _destination.Run(_channel, input);
        if (_destination.Migration.State.Error is { } error)
            LineRules.Judge(error.Message, MostCharacters);
        _destination.Clear();
    }
}
