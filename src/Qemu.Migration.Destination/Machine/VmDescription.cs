using System.Buffers.Binary;
using System.Text.Json;
using Qemu.Migration.Wire;

namespace Qemu.Migration.Destination.Machine;

/// <summary>
/// The JSON at the end of a stream (stream reference, section 1.9): the layout of each device section, as the source wrote it.
/// <code>
/// 00  06  u32 length  {"configuration": …, "page_size": 4096, "devices": [ … ]}
/// </code>
/// </summary>
public static class VmDescription
{
    /// <summary>Finds the JSON that ends a stream.</summary>
    /// <param name="tail">The stream's last bytes, <see cref="Limits.VmDescriptionBytes"/> at most are looked at.</param>
    /// <returns>The JSON within <paramref name="tail"/>, or an empty range when the stream has none.</returns>
    public static Range FindAtEnd(ReadOnlySpan<byte> tail)
    {
        int first = Math.Max(6, tail.Length - Limits.VmDescriptionBytes);
        for (int brace = tail.LastIndexOf((byte)'{'); brace >= first; brace = tail[..brace].LastIndexOf((byte)'{'))
        {
            if (tail[brace - 6] == (byte)SectionType.Eof
                && tail[brace - 5] == (byte)SectionType.VmDescription
                && BinaryPrimitives.ReadUInt32BigEndian(tail[(brace - 4)..]) == (uint)(tail.Length - brace))
                return brace..tail.Length;
        }
        return default;
    }

    /// <summary>Reads the device sections out of the JSON.</summary>
    /// <param name="utf8Json">The text.</param>
    /// <param name="pageSizeBytes">The <c>page_size</c> it names, or 4096.</param>
    /// <returns>The device sections in the order of the stream, without <c>globalstate</c>, which the loader knows.</returns>
    /// <exception cref="FormatException">It is not such a description.</exception>
    public static IReadOnlyList<DeviceSection> Parse(ReadOnlyMemory<byte> utf8Json, out int pageSizeBytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json);
            JsonElement root = document.RootElement;
            pageSizeBytes = root.TryGetProperty("page_size", out _) ? Number(root, "page_size") : 4096;
            List<DeviceSection> devices = [];
            foreach (JsonElement device in root.GetProperty("devices").EnumerateArray())
            {
                DeviceSection section = new()
                {
                    Name = Text(device, "name"),
                    InstanceId = device.GetProperty("instance_id").TryGetUInt32(out uint instance)
                        ? instance
                        : throw new FormatException($"not a VMDESCRIPTION: 'instance_id' of '{Text(device, "name")}' is no instance"),
                    State = Layout(device),
                };
                if (section.Name is "timer")
                    section = DeviceSection.Timer;
                if (section.Name is not "globalstate")
                    devices.Add(section);
            }
            return devices;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"not a VMDESCRIPTION: {error.Message}", error);
        }
    }

    private static VmStateDescription Layout(JsonElement element)
    {
        // An old-style section has a size and no version, so any version in its header is accepted.
        bool old = !element.TryGetProperty("version", out _);
        int version = old ? 0 : Number(element, "version");
        return new()
        {
            Name = element.TryGetProperty("vmsd_name", out JsonElement name) ? name.GetString()! : Text(element, "name"),
            Version = old ? int.MaxValue : version,
            MinimumVersion = version,
            Fields = element.TryGetProperty("fields", out JsonElement fields)
                ? [.. fields.EnumerateArray().Select(Field)]
                : element.TryGetProperty("size", out _)
                    ? [new() { Name = "data", Type = "buffer", SizeBytes = Number(element, "size") }]
                    : [],
            Subsections = element.TryGetProperty("subsections", out JsonElement subsections)
                ? [.. subsections.EnumerateArray().Select(Layout)]
                : [],
        };
    }

    // A structure stands under "struct"; a "tmp" field carries its fields itself.
    private static VmStateField Field(JsonElement field) => new()
    {
        Name = Text(field, "name"),
        Type = Text(field, "type"),
        SizeBytes = Number(field, "size"),
        Count = field.TryGetProperty("array_len", out _) ? Number(field, "array_len") : 1,
        Struct = field.TryGetProperty("struct", out JsonElement layout) ? Layout(layout)
            : field.TryGetProperty("fields", out _) ? Layout(field)
            : null,
    };

    private static int Number(JsonElement element, string property) =>
        element.GetProperty(property).TryGetInt32(out int value) && value >= 0
            ? value
            : throw new FormatException($"not a VMDESCRIPTION: '{property}' is {element.GetProperty(property).GetRawText()}, no number from 0 to {int.MaxValue}");

    private static string Text(JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new FormatException($"not a VMDESCRIPTION: '{property}' is null");
}
