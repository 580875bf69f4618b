using System.Globalization;
using System.Text;

namespace Simulation.Source.Savevm;

/// <summary>
/// The text of VMDESCRIPTION (stream reference, section 1.9): JSON on one line with the separators <c>", "</c> and <c>": "</c>,
/// keys in QEMU's order. Written by hand because those separators are part of the format's bytes.
/// </summary>
public static class VmDescriptionText
{
    /// <summary>Describes a stream.</summary>
    /// <param name="machine">Its machine.</param>
    /// <param name="capabilities">The capabilities its CONFIGURATION names.</param>
    /// <param name="uuid">Whether its CONFIGURATION carries the UUID.</param>
    /// <returns>The text.</returns>
    public static string Describe(SourceMachine machine, IReadOnlyList<string> capabilities, bool uuid)
    {
        StringBuilder text = new("{");
        if (machine.SendConfiguration)
            text.Append("\"configuration\": ").Append(Configuration(machine, capabilities, uuid)).Append(", ");
        string devices = string.Join(", ", machine.Devices.Select(Device));
        return text.Append(CultureInfo.InvariantCulture, $"\"page_size\": {machine.PageBytes}, \"devices\": [{devices}]}}").ToString();
    }

    private static string Configuration(SourceMachine machine, IReadOnlyList<string> capabilities, bool uuid)
    {
        List<string> subsections = [];
        if (machine.TargetPageBits is not null)
            subsections.Add(Subsection("target-page-bits", new DeviceField("target_page_bits", "uint32", 4)));
        if (capabilities.Count > 0)
        {
            int bytes = capabilities.Sum(name => name.Length + 1);
            subsections.Add(Subsection("capabilities",
                new DeviceField("caps_count", "uint32", 4), new DeviceField("capabilities", "capability", bytes)));
        }
        if (uuid)
            subsections.Add(Subsection("uuid", new DeviceField("uuid.data", "uint8", 1) { ArrayLength = 16 }));
        string fields = Fields([new("len", "uint32", 4), new("name", "buffer", machine.Name.Length)]);
        string tail = subsections.Count == 0 ? "" : $", \"subsections\": [{string.Join(", ", subsections)}]";
        return $"{{\"vmsd_name\": \"configuration\", \"version\": 1, \"fields\": [{fields}]{tail}}}";
    }

    private static string Subsection(string name, params DeviceField[] fields) =>
        $"{{\"vmsd_name\": \"configuration/{name}\", \"version\": 1, \"fields\": [{Fields(fields)}]}}";

    private static string Device(DeviceState device) => string.Create(CultureInfo.InvariantCulture,
        $"{{\"name\": \"{device.Name}\", \"instance_id\": {device.InstanceId}, \"vmsd_name\": \"{device.Name}\", "
        + $"\"version\": {device.Version}, \"fields\": [{Fields(device.Fields)}]}}");

    private static string Fields(IReadOnlyList<DeviceField> fields) => string.Join(", ", fields.Select(field =>
        string.Create(CultureInfo.InvariantCulture,
            $"{{\"name\": \"{field.Name}\"{Array(field)}, \"type\": \"{field.Type}\", \"size\": {field.SizeBytes}}}")));

    private static string Array(DeviceField field) =>
        field.ArrayLength is { } length ? string.Create(CultureInfo.InvariantCulture, $", \"array_len\": {length}") : "";
}
