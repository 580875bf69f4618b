using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Incoming.Channels;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>
/// A migration recorded from a real QEMU, as in <c>corpus/qemu</c>: <c>meta.json</c> with the arguments of both sides, and the stream
/// as <c>stream.bin.zst</c>, or each connection K, counted in the order of accept, as <c>chK.fwd.zst</c> and <c>chK.back.zst</c>.
/// </summary>
internal static class RecordedFolder
{
    private const string Sent = ".fwd.zst";

    // 255 multifd channels, main, and some that are not the source's.
    private const int MostConnections = 1000;

    /// <summary>Opens a recording.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Its connections in the order of accept, its machine from the arguments and the stream.</returns>
    /// <exception cref="IOException">A file of it cannot be read.</exception>
    /// <exception cref="FormatException">It is no recording.</exception>
    public static StreamInput Open(string folder)
    {
        string description = Path.Combine(folder, "meta.json");
        if (!File.Exists(description))
            throw new FormatException($"'{folder}' is no recording: it has no meta.json; to load one stream, name its file");
        try
        {
            using JsonDocument meta = JsonDocument.Parse(File.ReadAllBytes(description));
            IReadOnlyList<MemoryChannel> connections = OpenConnections(folder, IsOn(meta.RootElement, "multifd"));
            return new([.. connections.Cast<MigrationChannel>()], Describe(meta.RootElement, MainOf(connections)))
            {
                Log = IsOn(meta.RootElement, "postcopy-ram") ? OpenLog(folder, connections) : null,
            };
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"'{folder}' is no recorded migration: {error.Message}", error);
        }
    }

    private static MemoryChannel MainOf(IReadOnlyList<MemoryChannel> connections) =>
        connections.FirstOrDefault(c => c.View(0, 4).Span.SequenceEqual("QEVM"u8)) ?? connections[0];

    private static bool IsOn(JsonElement meta, string capability) =>
        meta.GetProperty("capabilities").TryGetProperty(capability, out JsonElement on) && on.GetBoolean();

    // When there can be several connections, the first bytes of each decide its role.
    private static List<MemoryChannel> OpenConnections(string folder, bool multifd)
    {
        string stream = Path.Combine(folder, "stream.bin.zst");
        if (File.Exists(stream))
            return [new("file:" + stream, StreamInput.Decompress(stream), canWrite: false)];
        string[] paths = [.. Enumerable.Range(0, MostConnections)
            .Select(number => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"ch{number}")))
            .Where(path => File.Exists(path + Sent))];
        return paths.Length > 0
            ? [.. paths.Select(path => new MemoryChannel(
                path, StreamInput.Decompress(path + Sent), File.Exists(path + ".back.zst"), multifd || paths.Length > 1))]
            : throw new FormatException($"'{folder}' has no connection: it needs a stream.bin.zst, or ch0{Sent} and so on");
    }

    // In postcopy the order matters: requests precede pages, and a recovery follows the connection that was lost.
    private static RecordedLog? OpenLog(string folder, IReadOnlyList<MemoryChannel> connections)
    {
        string path = Path.Combine(folder, "log.jsonl.zst");
        if (!File.Exists(path))
            return null;
        ReadOnlyMemory<byte>[] answers = [.. connections.Select(connection => File.Exists(connection.Name + ".back.zst")
            ? StreamInput.Decompress(connection.Name + ".back.zst") : default)];
        return RecordedLog.Read(
            Encoding.UTF8.GetString(StreamInput.Decompress(path).Span), [.. connections.Select(connection => connection.View(0, int.MaxValue))], answers);
    }

    private static StreamDescription Describe(JsonElement meta, MemoryChannel main)
    {
        StreamDescription told = StreamDescriber.Describe(main);
        string[] arguments = [.. meta.GetProperty("dst_args").EnumerateArray().Select(a => a.GetString() ?? "")];
        MigrationCapabilities capabilities = ReadCapabilities(meta.GetProperty("capabilities"));
        MigrationParameters parameters = ReadParameters(meta.GetProperty("parameters"));
        MachineProfile machine = told.Machine with
        {
            SuppressVmDescription = Value(arguments, "-M").Contains("suppress-vmdesc=on", StringComparison.Ordinal),
            Uuid = Guid.TryParse(Value(arguments, "-uuid"), out Guid uuid) ? uuid : null,
            RamBlocks = [.. meta.GetProperty("blocks").EnumerateObject().Select(b => Block(b, arguments, told.Machine))],
        };
        machine = ApplyProperties(machine, arguments);
        machine.Validate();
        return new(machine, capabilities, parameters, null);
    }

    // The stream shows some of what the properties say; the arguments say it for certain.
    private static MachineProfile ApplyProperties(MachineProfile machine, string[] arguments)
    {
        machine = machine with { SendConfiguration = true, SendSectionFooter = true };
        for (int i = 0; i + 1 < arguments.Length; i++)
        {
            if (arguments[i] != "-global" || !arguments[i + 1].StartsWith(MigrationProperties.Driver + ".", StringComparison.Ordinal))
                continue;
            if (MigrationProperties.TryApply(ref machine, arguments[i + 1]) is { } error)
                Console.Error.WriteLine($"incoming: warning: the recording's {JsonEncodedText.Encode(arguments[i + 1])} is ignored: {error}");
        }
        return machine;
    }

    // A newer QEMU than those that were asked may have more capabilities and parameters. What they do is not known here, and what the
    // recording's stream needs of them shows when it is loaded.
    private static MigrationCapabilities ReadCapabilities(JsonElement members)
    {
        MigrationCapabilities capabilities = new();
        foreach (JsonProperty member in members.EnumerateObject())
        {
            if (MigrationCapabilities.Names.Contains(member.Name, StringComparer.Ordinal))
                capabilities.Set(member.Name, member.Value.GetBoolean());
            else
                WarnOfUnknown("capability", member);
        }
        return capabilities;
    }

    private static MigrationParameters ReadParameters(JsonElement members)
    {
        Dictionary<string, JsonElement> known = [];
        foreach (JsonProperty member in members.EnumerateObject())
        {
            if (MigrationParameters.Names.Contains(member.Name, StringComparer.Ordinal))
                known[member.Name] = member.Value;
            else
                WarnOfUnknown("parameter", member);
        }
        MigrationParameters parameters = new();
        JsonElement given = JsonSerializer.SerializeToElement(known, RecordingJsonContext.Default.DictionaryStringJsonElement);
        return parameters.TrySet(given) is { } error ? throw new FormatException($"recorded parameters: {error}") : parameters;
    }

    private static void WarnOfUnknown(string what, JsonProperty member) => Console.Error.WriteLine(
        $"incoming: warning: the recording's {what} '{JsonEncodedText.Encode(member.Name)}' is unknown and ignored");

    private static RamBlockDescription Block(JsonProperty block, string[] arguments, MachineProfile told) => new()
    {
        Name = block.Name,
        LengthBytes = block.Value.GetProperty("used").GetInt64(),
        MaxLengthBytes = block.Value.GetProperty("total").GetInt64(),
        Shared = arguments.Any(a => a.Contains($",id={block.Name},", StringComparison.Ordinal)
            && a.Contains("share=on", StringComparison.Ordinal)),
        GuestAddress = told.RamBlocks.FirstOrDefault(b => b.Name == block.Name)?.GuestAddress ?? 0,
    };

    private static string Value(string[] arguments, string option)
    {
        int index = Array.IndexOf(arguments, option);
        return index >= 0 && index + 1 < arguments.Length ? arguments[index + 1] : "";
    }
}

/// <summary>JSON of what a recording says, generated at compile time.</summary>
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class RecordingJsonContext : JsonSerializerContext;
