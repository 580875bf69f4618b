using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// Unites what several streams of one machine say of it. A stream carries only what it happens to have: a subsection that another one
/// has is added. Where two streams disagree on the fields of a section (an array of another length, a field that only one of them has), the
/// first such field is marked (<see cref="VmStateField.Varies"/>), and a loader goes by the section's footer from there.
/// </summary>
/// <param name="notes">Takes what varies, one clause each.</param>
internal sealed class ProfileMerger(Action<string> notes)
{
    /// <summary>Unites two profiles.</summary>
    /// <param name="first">The one whose order is kept.</param>
    /// <param name="second">The one that adds to it.</param>
    /// <returns>A profile that knows what both know.</returns>
    /// <exception cref="FormatException">They are of different machines; the message says in what.</exception>
    public MachineProfile Merge(MachineProfile first, MachineProfile second)
    {
        RequireSame("machine", first.Name, second.Name);
        RequireSame("page size", first.PageSizeBytes, second.PageSizeBytes);
        RequireSame("CONFIGURATION", first.SendConfiguration, second.SendConfiguration);
        RequireSame("section footer", first.SendSectionFooter, second.SendSectionFooter);
        if (first.Uuid is not null && second.Uuid is not null)
            RequireSame("UUID", first.Uuid, second.Uuid);
        return first with
        {
            Uuid = first.Uuid ?? second.Uuid,
            SuppressVmDescription = first.SuppressVmDescription && second.SuppressVmDescription,
            RamBlocks = Unite(first.RamBlocks, second.RamBlocks, block => block.Name, MergeBlock),
            Devices = Unite(first.Devices, second.Devices, device => (device.Name, device.InstanceId), MergeDevice),
        };
    }

    /// <summary>Unites sections of the same name and instance, as two ISA devices of one kind have them (machine <c>isapc</c> of QEMU 7.2).
    /// A destination finds the first device for both of them.</summary>
    /// <param name="devices">The sections of one stream.</param>
    /// <returns>The sections, each name and instance once.</returns>
    /// <exception cref="FormatException">They are of different versions.</exception>
    public static IReadOnlyList<DeviceSection> MergeTwins(IReadOnlyList<DeviceSection> devices)
    {
        ProfileMerger merger = new(_ => { });
        return [.. devices.GroupBy(device => (device.Name, device.InstanceId)).Select(twins => twins.Aggregate(merger.MergeDevice))];
    }

    private static void RequireSame<T>(string what, T first, T second)
    {
        if (!EqualityComparer<T>.Default.Equals(first, second))
            throw new FormatException($"the streams are of different machines: {what} '{first}' and '{second}'");
    }

    // What both have is merged in the place of the first; what only the second has follows.
    private static List<T> Unite<T, TKey>(
        IReadOnlyList<T> first, IReadOnlyList<T> second, Func<T, TKey> key, Func<T, T, T> merge)
        where T : class
        where TKey : IEquatable<TKey>
    {
        List<T> united = [];
        foreach (T item in first)
            united.Add(second.FirstOrDefault(other => key(other).Equals(key(item))) is { } other ? merge(item, other) : item);
        united.AddRange(second.Where(other => !first.Any(item => key(item).Equals(key(other)))));
        return united;
    }

    private static RamBlockDescription MergeBlock(RamBlockDescription first, RamBlockDescription second)
    {
        RequireSame($"length of RAM block {first.Name}", first.LengthBytes, second.LengthBytes);
        return first.GuestAddress == 0 ? first with { GuestAddress = second.GuestAddress } : first;
    }

    private DeviceSection MergeDevice(DeviceSection first, DeviceSection second)
    {
        RequireSame($"version of section {first.Name}", first.State.Version, second.State.Version);
        return first with { State = Merge(first.State, second.State, first.Name) };
    }

    private VmStateDescription Merge(VmStateDescription first, VmStateDescription second, string section)
    {
        List<VmStateField> fields = [];
        int both = Math.Min(first.Fields.Count, second.Fields.Count);
        for (int i = 0; i < both && !EndsInVarying(fields); i++)
            fields.Add(Merge(first.Fields[i], second.Fields[i], section));
        if (first.Fields.Count != second.Fields.Count && !EndsInVarying(fields))
        {
            VmStateField more = first.Fields.Count > both ? first.Fields[both] : second.Fields[both];
            fields.Add(Vary(more, section, "only some of the streams have it"));
        }
        return first with
        {
            Fields = fields,
            Subsections = Unite(
                first.Subsections, second.Subsections, subsection => subsection.Name, (a, b) => Merge(a, b, section)),
        };
    }

    private static bool EndsInVarying(List<VmStateField> fields) => fields.Count > 0 && fields[^1].Varies;

    private VmStateField Merge(VmStateField first, VmStateField second, string section)
    {
        if (first.Varies || second.Varies)
            return first with { Varies = true };
        if (first.Name != second.Name || first.Struct is null != second.Struct is null)
            return Vary(first, section, $"'{second.Name}' stands in its place");
        if (first.Count != second.Count)
            return Vary(first, section, $"{first.Count} and {second.Count} elements");
        if (first.Struct is not null)
            return first with { Struct = Merge(first.Struct, second.Struct!, section) };
        return first.SizeBytes == second.SizeBytes
            ? first
            : Vary(first, section, $"{first.SizeBytes} and {second.SizeBytes} bytes");
    }

    private VmStateField Vary(VmStateField field, string section, string how)
    {
        notes($"section '{section}' varies from field '{field.Name}' on ({how}): it is passed to its footer from there");
        return field with { Varies = true };
    }
}
