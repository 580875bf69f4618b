using System.Buffers.Binary;
using System.Text;
using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Text;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Streams;

namespace Fuzzing.Targets.Inspection;

/// <summary>What several streams say of one machine: <c>u16 length, profile, profile</c>; one alone is united with itself.</summary>
internal sealed class ProfileMergeTarget : InspectionTarget
{
    /// <summary>Bytes before the first profile.</summary>
    public const int HeaderBytes = sizeof(ushort);

    public override string Name => "profile-merge";

    public override string Covers => "ProfileMerger: two profiles of one machine, or of two.";

    public override string Asserts => "FormatException or a profile within the rules that knows what both know: united with either once more it stays as it is.";

    public override int MaximumBytes => 16 * 1024;

    public override InputFormat Format => ProfilePairFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        if (input.Length < HeaderBytes)
            return;
        int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(input.Span), input.Length - HeaderBytes);
        ReadOnlySpan<byte> one = input.Span.Slice(HeaderBytes, length);
        ReadOnlySpan<byte> other = input.Span[(HeaderBytes + length)..];
        try
        {
            MachineProfile first = MachineProfile.Parse(one);
            Judge(first, other.IsEmpty ? first : MachineProfile.Parse(other));
        }
        catch (FormatException error)
        {
            JudgeReason(error.Message);
        }
    }

    private static void Judge(MachineProfile first, MachineProfile second)
    {
        ProfileMerger merger = new(JudgeReason);
        MachineProfile united = merger.Merge(first, second);
        ProfileRules.Judge(united);
        JudgeKnown(merger, united, first, "first");
        JudgeKnown(merger, united, second, "second");
    }

    private static void JudgeKnown(ProfileMerger merger, MachineProfile united, MachineProfile part, string which)
    {
        byte[] before = united.ToJson();
        byte[] after = merger.Merge(united, part).ToJson();
        FindingException.Unless(
            before.AsSpan().SequenceEqual(after), "a profile knows what it was made of",
            $"{Encoding.UTF8.GetString(before)}, with the {which} again {Encoding.UTF8.GetString(after)}");
    }
}
