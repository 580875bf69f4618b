using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Destination.Loading;

/// <summary>Who reads a section's body.</summary>
internal enum SectionHandler
{
    /// <summary>Device state, walked by its layout.</summary>
    DeviceState,

    /// <summary>The <c>ram</c> section.</summary>
    Ram,

    /// <summary>The <c>globalstate</c> section.</summary>
    GlobalState,

    /// <summary>The <c>dirty-bitmap</c> section, of which only the empty one can be read: there is no block device.</summary>
    DirtyBitmap,
}

/// <summary>SaveStateEntry: a section this machine has, and the id its START bound it to.</summary>
internal sealed class SectionEntry(string name, uint instanceId, SectionHandler handler, VmStateDescription state)
{
    private static readonly VmStateDescription Ram = new() { Name = "ram", Version = Wire.RamFlags.SectionVersion };
    private static readonly VmStateDescription DirtyBitmap = new() { Name = "dirty-bitmap", Version = 1, MinimumVersion = 1 };

    public string Name { get; } = name;

    public uint InstanceId { get; } = instanceId;

    public SectionHandler Handler { get; } = handler;

    public VmStateDescription State { get; } = state;

    /// <summary>load_section_id: the id of the last START or FULL; 0 before, which a PART with id 0 then meets (section 1.3).</summary>
    public uint LoadSectionId { get; set; }

    /// <summary>load_version_id: the version of the last START or FULL; 0 before.</summary>
    public int LoadVersion { get; set; }

    /// <summary>Makes the entries of a machine in the order of QEMU's registration, in which the first match wins.</summary>
    public static SectionEntry[] For(MachineProfile machine)
    {
        List<SectionEntry> entries = new(machine.Devices.Count + 3);
        foreach (DeviceSection device in machine.Devices)
            entries.Add(new(device.Name, device.InstanceId, SectionHandler.DeviceState, device.State));
        // timer is registered before ram, everything else after.
        int ram = entries.FindIndex(e => e.Name == "timer") + 1;
        entries.Insert(ram, new(Ram.Name, 0, SectionHandler.Ram, Ram));
        entries.Insert(ram + 1, new(DirtyBitmap.Name, 0, SectionHandler.DirtyBitmap, DirtyBitmap));
        entries.Add(new("globalstate", 0, SectionHandler.GlobalState, GlobalStateSection.Layout));
        return [.. entries];
    }
}
