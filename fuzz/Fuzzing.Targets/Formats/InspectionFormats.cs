using System.Text;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Inspection;
using Qemu.Migration.Destination;

namespace Fuzzing.Targets.Formats;

/// <summary>A main stream, its description included.</summary>
internal sealed class InspectionFormat : InputFormat
{
    public static InspectionFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary { get; } = [.. WireWords.Binary, .. JsonFormat.Description.Dictionary];

    public override IReadOnlyList<byte[]> Templates { get; } = [.. MainStreamFormat.Instance.Templates, .. ReturnPathFormat.Instance.Templates];

    public override void Read(ReadOnlySpan<byte> input, StructureMap map) => MainStreamFormat.Instance.Read(input, map);
}

/// <summary>Two machine profiles, the first behind its length.</summary>
internal sealed class ProfilePairFormat : InputFormat
{
    public static ProfilePairFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary => JsonFormat.Profile.Dictionary;

    public override IReadOnlyList<byte[]> Templates => JsonFormat.Profile.Templates;

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        if (scan.Has(ProfileMergeTarget.HeaderBytes))
        {
            scan.Length(0, ProfileMergeTarget.HeaderBytes, ProfileMergeTarget.HeaderBytes, Math.Min(scan.PeekUInt16(), scan.Left - ProfileMergeTarget.HeaderBytes));
            scan.Part(ProfileMergeTarget.HeaderBytes, PartKind.Option);
        }
        JsonFormat.ReadTokens(ref scan);
    }
}

/// <summary>A byte that says which option, and the option's value.</summary>
internal sealed class CommandLineFormat : InputFormat
{
    public static CommandLineFormat Instance { get; } = new();

    public override IReadOnlyList<byte[]> Dictionary { get; } =
    [
        .. ((IEnumerable<string>)
        [
            "tcp:", "unix:", "file:", "fd:", "exec:", ",to=", ",ipv4", ",ipv6", "=on", "=off", ",offset=", "[::1]:", ":65535", ":0", "/dev/fdset/1", "0x", "1.5",
            "18446744073709551616", "9223372036854775807", "8388608T", "K", "M", "G", "T", "P", "E", "B", ",,", "tls-creds-x509,id=", "endpoint=server",
            "verify-peer=", "{\"qom-type\":\"tls-creds-x509\",", "migration.", "=", .. MigrationParameters.Names,
        ]).Select(Encoding.UTF8.GetBytes),
    ];

    public override IReadOnlyList<byte[]> Templates => Dictionary;

    public override void Read(ReadOnlySpan<byte> input, StructureMap map)
    {
        StreamScan scan = new(input, map);
        if (scan.Left > 0)
            scan.Part(1, PartKind.Option);
        JsonFormat.ReadTokens(ref scan);
    }
}
