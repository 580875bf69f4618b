using Fuzzing.Engine;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Destination.Machine;

namespace Fuzzing.Targets.Text;

/// <summary>The description at the end of a stream.</summary>
internal sealed class VmDescriptionTarget : FuzzTarget
{
    public override string Name => "vm-description";

    public override string Covers => "VmDescription: finding the JSON at the end of a stream, and reading device layouts out of it.";

    public override string Asserts => "FormatException or a list of devices of which a profile can be made, and nothing else.";

    public override int MaximumBytes => 8192;

    public override InputFormat Format => JsonFormat.Description;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        Range found = VmDescription.FindAtEnd(input.Span);
        ReadOnlyMemory<byte> json = found.Equals(default) ? input : input[found];
        try
        {
            IReadOnlyList<DeviceSection> devices = VmDescription.Parse(json, out int pageSize);
            MachineProfile profile = Machines.None with { Devices = devices, PageSizeBytes = pageSize };
            profile.Validate();
            ProfileRules.Judge(profile);
        }
        catch (FormatException)
        {
            // The one exception that a description may cause.
        }
    }
}

/// <summary>A machine profile as JSON.</summary>
internal sealed class MachineProfileTarget : FuzzTarget
{
    public override string Name => "machine-profile";

    public override string Covers => "MachineProfile.Parse and ToJson.";

    public override string Asserts => "FormatException or a profile within the rules that is read again as it was written, and nothing else.";

    public override int MaximumBytes => 8192;

    public override InputFormat Format => JsonFormat.Profile;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        MachineProfile profile;
        try
        {
            profile = MachineProfile.Parse(input.Span);
        }
        catch (FormatException)
        {
            return;
        }
        ProfileRules.Judge(profile);
    }
}
