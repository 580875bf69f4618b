using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Fuzzing.Engine;
using Qemu.Migration.Destination.Machine;

namespace Fuzzing.Targets.Text;

/// <summary>What holds of every valid profile, in numbers of its own.</summary>
internal static class ProfileRules
{
    private const int NameBytes = 255;
    private const long FieldBytes = 64 << 20;
    private const long BlockBytes = 1L << 46;
    private const int Nesting = 32;

    /// <summary>Judges a profile that was accepted.</summary>
    /// <param name="profile">The profile.</param>
    /// <exception cref="FindingException">It should have been refused, or is not read as it was written.</exception>
    public static void Judge(MachineProfile profile)
    {
        byte[] text = profile.ToJson();
        FindingException.Unless(
            MachineProfile.Parse(text).ToJson().AsSpan().SequenceEqual(text), "a profile is read as it was written", $"{text.Length} bytes");
        int page = profile.PageSizeBytes;
        Demand(page is 1024 or 2048 or 4096 or 8192 or 16384 or 32768 or 65536, $"pages of {page} bytes");
        Demand(profile.Name.Length > 0, $"a machine without a name");
        HashSet<string> names = [];
        foreach (RamBlockDescription block in profile.RamBlocks)
        {
            Demand(block.Name.Length > 0 && Encoding.UTF8.GetByteCount(block.Name) <= NameBytes, $"a block's name of {block.Name.Length} characters");
            Demand(names.Add(block.Name), $"two blocks '{block.Name}'");
            Demand(
                block.LengthBytes >= 0 && block.LengthBytes <= block.MaxLengthBytes && block.MaxLengthBytes <= BlockBytes,
                $"a block of {block.LengthBytes} to {block.MaxLengthBytes} bytes");
            Demand(
                block.LengthBytes % page == 0 && block.MaxLengthBytes % page == 0,
                $"a block of {block.LengthBytes} to {block.MaxLengthBytes} bytes, with pages of {page}");
        }

        HashSet<(string Name, uint Instance)> devices = [];
        foreach (DeviceSection device in profile.Devices)
        {
            Demand(devices.Add((device.Name, device.InstanceId)), $"two devices '{device.Name}' with instance {device.InstanceId}");
            Demand(device.Name.Length > 0, $"a device without a name");
            Judge(device.State, 0);
        }
    }

    private static void Judge(VmStateDescription state, int depth)
    {
        Demand(depth <= Nesting, $"a description {depth} deep");
        Demand(state.Name.Length > 0, $"a description without a name");
        Demand(0 <= state.MinimumVersion && state.MinimumVersion <= state.Version, $"versions from {state.MinimumVersion} to {state.Version}");
        foreach (VmStateField field in state.Fields)
        {
            Demand(field.Name.Length > 0, $"a field without a name");
            Demand(
                field.SizeBytes >= 0 && field.Count >= 0 && (Int128)field.SizeBytes * field.Count <= FieldBytes,
                $"a field of {field.Count} elements of {field.SizeBytes} bytes");
            if (field.Struct is { } element)
                Judge(element, depth + 1);
        }

        foreach (VmStateDescription subsection in state.Subsections)
            Judge(subsection, depth + 1);
    }

    private static void Demand(
        [DoesNotReturnIf(false)] bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref ViolationText what)
    {
        if (!holds)
            throw new FindingException("a valid profile is within the rules", what.ToString());
    }
}
