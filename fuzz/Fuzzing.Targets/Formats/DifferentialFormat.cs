using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Differential;

namespace Fuzzing.Targets.Formats;

/// <summary>A mode byte and what the mode asks for.</summary>
internal sealed class DifferentialFormat : InputFormat
{
    public static DifferentialFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => WireWords.Binary;

    public override IReadOnlyList<byte[]> Templates { get; } = [.. MainStreamFormat.Instance.Templates, .. SessionFormat.Instance.Templates, .. PostcopyFormat.Instance.Templates];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        if (input.IsEmpty)
            return;
        StreamScan scan = new(input, map);
        scan.Field(0, 1, FieldRole.Flags);
        scan.Part(1, PartKind.Option);
        if (input[0] >= DifferentialTarget.PostcopyMode && (input[0] & 1) != 0)
            PostcopyFormat.Read(ref scan);
        else if (input[0] < DifferentialTarget.PostcopyMode && input[0] % (DifferentialTarget.MultifdMode + 1) == DifferentialTarget.MultifdMode)
            SessionFormat.Read(ref scan);
        else
            MainStreamFormat.Read(ref scan);
    }
}
