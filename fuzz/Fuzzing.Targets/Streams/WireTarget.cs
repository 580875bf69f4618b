using Fuzzing.Engine;
using Fuzzing.Engine.Execution;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets.Streams;

/// <summary>Every decoder of the format and the encoder beside it.</summary>
internal sealed unsafe class WireTarget : FuzzTarget
{
    private readonly GuardedMemory _first = new(8192);
    private readonly byte[] _second = new byte[8192];

    public override string Name => "wire";

    public override string Covers => "Each structure of the format: decode, encode, decode; the first byte of the input says which.";

    public override string Asserts =>
        "A decoder that is not done consumes nothing; a whole structure cut anywhere needs more; what was decoded is encoded the same.";

    public override int MaximumBytes => 4096;

    public override InputFormat Format => WireStructureFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
            return;
        WireStructure structure = WireStructure.All[input.Span[0] % WireStructure.All.Count];
        ReadOnlySpan<byte> source = input.Span[1..];
        Span<byte> encoded = new(_first.Address, (int)_first.LengthBytes);
        DecodeStatus status = structure.Recode(source, encoded, out int consumed, out int written);
        if (status != DecodeStatus.Done)
        {
            FindingException.Unless(consumed == 0, "a decoder that is not done consumes nothing", $"{structure.Name}: {status}, {consumed} bytes");
            FindingException.Unless(
                !status.NeedsMoreData || status.NeededBytes > source.Length, "more is needed than there is",
                $"{structure.Name}: {status} of {source.Length}");
            return;
        }
        FindingException.Unless(
            consumed > 0 && consumed <= source.Length, "a structure lies in the bytes", $"{structure.Name}: {consumed} of {source.Length}");
        encoded = encoded[..written];
        FindingException.Unless(
            structure.SaysTheSame(source[..consumed], encoded), "what was decoded is encoded the same",
            $"{structure.Name}: {written} of {consumed} bytes");
        DecodeStatus again = structure.Recode(encoded, _second, out int consumedAgain, out int writtenAgain);
        FindingException.Unless(
            again == DecodeStatus.Done && consumedAgain == written && encoded.SequenceEqual(_second.AsSpan(0, writtenAgain)),
            "what was encoded is decoded the same", $"{structure.Name}: {again}, {consumedAgain} of {written} bytes");
        // Cut where the input says: all places would make of a run a thousand.
        int left = input.Span[^1] % consumed;
        DecodeStatus cut = structure.Recode(source[..left], _second, out int consumedOfCut, out _);
        FindingException.Unless(
            cut.NeedsMoreData && cut.NeededBytes > left && cut.NeededBytes <= consumed && consumedOfCut == 0, "a structure that is cut needs more",
            $"{structure.Name}: {cut} of {left} of {consumed} bytes");
    }
}
