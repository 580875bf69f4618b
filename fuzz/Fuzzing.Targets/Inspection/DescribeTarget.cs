using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Text;
using Qemu.Migration.Incoming.Channels;
using Qemu.Migration.Incoming.Streams;

namespace Fuzzing.Targets.Inspection;

/// <summary>What <c>incoming describe</c> learns of a file.</summary>
internal sealed class DescribeTarget : InspectionTarget
{
    public override string Name => "describe";

    public override string Covers => "incoming describe on a file that anybody may have made: configuration, RAM blocks, devices by their description or their package.";

    public override string Asserts => "Always a profile within the rules, with the reason where it is not all of the machine; it is read again as it was written.";

    public override InputFormat Format => InspectionFormat.Instance;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        StreamDescription description = StreamDescriber.Describe(new MemoryChannel("fuzz", input, canWrite: false));
        ProfileRules.Judge(description.Machine);
        if (description.Problem is { } problem)
        {
            JudgeReason(problem);
            return;
        }
        FindingException.Unless(!input.IsEmpty, "a machine is known by its stream", $"from nothing");
        ProfileRules.Judge(new ProfileMerger(JudgeReason).Merge(description.Machine, description.Machine));
    }
}
