using System.Text.Json.Serialization;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Machine;

/// <summary>One section with device state: what QEMU registers as a SaveStateEntry.</summary>
public sealed record DeviceSection
{
    /// <summary>Its idstr: <c>timer</c>, <c>0000:00:01.1/ide</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its instance number.</summary>
    public uint InstanceId { get; set; }

    /// <summary>What its bytes mean.</summary>
    public required VmStateDescription State { get; init; }

    /// <summary><c>timer</c> v2 (stream reference, sections 1.5 and 1.6); v1 lacks the last field.</summary>
    public static DeviceSection Timer { get; } = new()
    {
        Name = "timer",
        State = new()
        {
            Name = "timer",
            Version = 2,
            MinimumVersion = 1,
            Fields =
            [
                new() { Name = "cpu_ticks_offset", Type = "int64", SizeBytes = 8 },
                new() { Name = "unused", Type = "unused_buffer", SizeBytes = 8 },
                new() { Name = "cpu_clock_offset", Type = "int64", SizeBytes = 8, SinceVersion = 2 },
            ],
        },
    };

    /// <summary><c>slirp</c> v4 without connections: the user network that QEMU adds to a machine unless it is told not to
    /// (<c>-nodefaults</c>, <c>-nic none</c>). Measured on 10.0.2.</summary>
    public static DeviceSection Slirp { get; } = new()
    {
        Name = "slirp",
        State = new() { Name = "slirp", Version = 4, Fields = [new() { Name = "data", Type = "buffer", SizeBytes = 131 }] },
    };

    internal void Validate()
    {
        MachineProfile.Require(!string.IsNullOrEmpty(Name), "a device section has no name");
        State.Validate(0);
    }
}

/// <summary>The layout of a device's state, QEMU's VMStateDescription as VMDESCRIPTION tells it (stream reference, 1.7 and 1.9).</summary>
public sealed record VmStateDescription
{
    /// <summary>Its vmsd_name; subsections' names start with their parent's.</summary>
    public required string Name { get; init; }

    /// <summary>The version this layout describes; newer ones are refused.</summary>
    public int Version { get; set; }

    /// <summary>The oldest version read; fields say with <see cref="VmStateField.SinceVersion"/> what older ones lack.</summary>
    public int MinimumVersion { get; set; }

    /// <summary>The fields in the order of the wire.</summary>
    public IReadOnlyList<VmStateField> Fields { get; set; } = [];

    /// <summary>The subsections that may follow the fields, each at most as often as the stream says.</summary>
    public IReadOnlyList<VmStateDescription> Subsections { get; set; } = [];

    /// <summary>Bytes of all fields of the newest version on the wire, without subsections; <see cref="long.MaxValue"/> where they are more.</summary>
    [JsonIgnore]
    public long FixedBytes
    {
        get
        {
            Int128 sum = 0;
            foreach (VmStateField member in Fields)
                sum += (Int128)member.Count * (member.Struct?.FixedBytes ?? member.SizeBytes);
            return sum > long.MaxValue ? long.MaxValue : (long)sum;
        }
    }

    internal void Validate(int depth)
    {
        MachineProfile.Require(depth <= Limits.DeviceNesting, $"'{Name}' nests deeper than {Limits.DeviceNesting}");
        MachineProfile.Require(!string.IsNullOrEmpty(Name), "a state description has no name");
        MachineProfile.RequireItems(Fields, $"'{Name}': the fields");
        foreach (VmStateField field in Fields)
            field.Validate(Name, depth);
        MachineProfile.RequireItems(Subsections, $"'{Name}': the subsections");
        foreach (VmStateDescription subsection in Subsections)
            subsection.Validate(depth + 1);
        MachineProfile.Require(
            Version >= 0 && MinimumVersion >= 0 && MinimumVersion <= Version,
            $"'{Name}': version {Version} and minimum version {MinimumVersion} are no range of versions from 0");
    }
}

/// <summary>One field of a device's state.</summary>
public sealed record VmStateField
{
    /// <summary>Its name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Its type in VMDESCRIPTION: <c>uint32</c>, <c>struct</c>, <c>buffer</c>; for people, the loader goes by size.</summary>
    public required string Type { get; init; }

    /// <summary>Bytes of one element on the wire; not used where <see cref="Struct"/> is given.</summary>
    public int SizeBytes { get; set; }

    /// <summary>Elements, 0 or more.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int Count { get; set; } = 1;

    /// <summary>The first version of its description that has the field.</summary>
    public int SinceVersion { get; set; }

    /// <summary>Whether the streams of this machine differ from here on: an array whose length the guest decides, a field that is not
    /// always there. Nothing behind it in its section is known; the loader goes on at the section's footer.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Varies { get; set; }

    /// <summary>The layout of one element, where it is a structure.</summary>
    public VmStateDescription? Struct { get; set; }

    internal void Validate(string parent, int depth)
    {
        MachineProfile.Require(!string.IsNullOrEmpty(Name), $"'{parent}': a field has no name");
        MachineProfile.Require(
            SizeBytes >= 0 && Count >= 0 && (long)SizeBytes * Count <= Limits.DeviceFieldBytes,
            $"'{parent}': field '{Name}' of {Count} elements of {SizeBytes} bytes is out of range");
        Struct?.Validate(depth + 1);
    }
}
