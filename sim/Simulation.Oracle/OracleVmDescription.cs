using System.Buffers.Binary;
using System.Text.Json;

namespace Simulation.Oracle;

/// <summary>Reads the JSON that a source appends to its stream (stream reference, section 1.9).</summary>
internal static class OracleVmDescription
{
    private const int HeaderSize = 5;

    /// <summary>Finds the description that reaches exactly to the end of the stream.</summary>
    /// <param name="stream">The whole stream.</param>
    /// <param name="offset">Offset of the JSON text.</param>
    public static bool TryFind(ReadOnlySpan<byte> stream, out int offset)
    {
        for (int start = stream.Length - HeaderSize - 1; start >= 0; start--)
        {
            if (stream[start] != WireFormat.VmDescription || stream[start + HeaderSize] != (byte)'{')
                continue;

            offset = start + HeaderSize;
            if (BinaryPrimitives.ReadUInt32BigEndian(stream[(start + 1)..]) == stream.Length - offset)
                return true;
        }

        offset = 0;
        return false;
    }

    /// <summary>
    /// Turns the JSON into handlers; <c>ram</c> and <c>dirty-bitmap</c>, which it does not list, come second and third.
    /// </summary>
    /// <param name="json">The JSON text.</param>
    public static (int PageSize, IReadOnlyList<OracleHandler> Handlers) Parse(ReadOnlySpan<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json.ToArray());
        JsonElement root = document.RootElement;
        List<OracleHandler> handlers = [];
        foreach (JsonElement device in root.GetProperty("devices").EnumerateArray())
            handlers.Add(ParseDevice(device));

        int afterTimer = Math.Min(1, handlers.Count);
        handlers.InsertRange(afterTimer, [OracleHandler.Ram, OracleHandler.DirtyBitmap]);
        return (root.GetProperty("page_size").GetInt32(), handlers);
    }

    private static OracleHandler ParseDevice(JsonElement device)
    {
        string name = Text(device, "name");
        uint instance = device.GetProperty("instance_id").GetUInt32();

        // For these two the reference describes older versions better than the description in the stream.
        if (instance == 0 && name == OracleHandler.Timer.IdStr)
            return OracleHandler.Timer;
        if (instance == 0 && name == OracleHandler.GlobalState.IdStr)
            return OracleHandler.GlobalState;

        return new OracleHandler(OracleHandlerKind.VMState, name, instance, ParseLayout(device));
    }

    private static VMStateLayout ParseLayout(JsonElement vmsd)
    {
        uint version = unchecked((uint)vmsd.GetProperty("version").GetInt32());
        return new VMStateLayout(Text(vmsd, "vmsd_name"), version)
        {
            MinimumVersion = version,
            Fields = [.. Items(vmsd, "fields").Select(ParseField)],
            Subsections = [.. Items(vmsd, "subsections").Select(ParseLayout)],
        };
    }

    private static VMStateField ParseField(JsonElement field)
    {
        int count = field.TryGetProperty("array_len", out JsonElement length) ? length.GetInt32() : 1;
        // A "tmp" field carries the members of its vmstate itself instead of a "struct" object.
        VMStateLayout? nested = field.TryGetProperty("struct", out JsonElement layout) ? ParseLayout(layout)
            : field.TryGetProperty("fields", out _) ? ParseLayout(field)
            : null;
        int size = field.GetProperty("size").GetInt32();
        return new VMStateField(Text(field, "name"), size) { Count = count, Struct = nested };
    }

    private static IEnumerable<JsonElement> Items(JsonElement owner, string property) =>
        owner.TryGetProperty(property, out JsonElement items) ? items.EnumerateArray() : [];

    private static string Text(JsonElement owner, string property) => owner.GetProperty(property).GetString()!;
}
