using System.Text.Json;
using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;
using ZstdSharp;

namespace Simulation.Conformance;

/// <summary>Captures of <c>corpus/qemu</c>: those of the machine <c>none</c> with RAM that is small enough.</summary>
internal static class RecordedCases
{
    private const string Meta = "meta.json";
    private const long MostRamBytes = 16 << 20;
    private const int MostStreamBytes = 256 << 20;

    /// <summary>Whether a folder is a capture.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsCapture(string folder) => File.Exists(Path.Combine(folder, Meta));

    /// <summary>Opens a capture.</summary>
    /// <param name="folder">Its folder.</param>
    /// <returns>What makes its case; nothing where it is of another machine, or large.</returns>
    public static IReadOnlyList<Func<RefereeCase>> Open(string folder)
    {
        using JsonDocument meta = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, Meta)));
        JsonElement root = meta.RootElement;
        bool isOfNone = Path.GetFileName(folder).StartsWith("none-", StringComparison.Ordinal);
        return isOfNone && root.GetProperty("mem").GetInt64() <= MostRamBytes && root.GetProperty("blocks").EnumerateObject().Count() == 1
            ? [() => Read(folder)] : [];
    }

    private static RefereeCase Read(string folder)
    {
        using JsonDocument meta = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, Meta)));
        JsonElement root = meta.RootElement;
        string arguments = string.Join(' ', root.GetProperty("src_args").EnumerateArray().Select(argument => argument.GetString()));
        JsonProperty block = root.GetProperty("blocks").EnumerateObject().Single();
        string[] capabilities =
            [.. root.GetProperty("capabilities").EnumerateObject().Where(capability => capability.Value.GetBoolean()).Select(capability => capability.Name)];
        MachineProfile profile = CaseFolder.Profile(block.Name, block.Value.GetProperty("used").GetInt64()) with
        {
            SendConfiguration = !arguments.Contains("send-configuration=off", StringComparison.Ordinal),
            SendSectionFooter = !arguments.Contains("send-section-footer=off", StringComparison.Ordinal),
            SuppressVmDescription = arguments.Contains("suppress-vmdesc=on", StringComparison.Ordinal),
            Uuid = arguments.Contains("-uuid ", StringComparison.Ordinal) ? Guid.Parse(arguments.Split("-uuid ")[1].Split(' ')[0]) : null,
        };
        JsonElement parameters = root.GetProperty("parameters");
        return new RefereeCase
        {
            Name = folder,
            Arguments = [folder],
            Profile = profile,
            Machine = CaseFolder.Machine(profile, autostart: true),
            Capabilities = capabilities,
            MultifdChannels = parameters.GetProperty("multifd-channels").GetInt32(),
            Compression = Enum.Parse<OracleCompression>(parameters.GetProperty("multifd-compression").GetString()!, ignoreCase: true),
            IsFile = capabilities.Contains("mapped-ram"),
            Connections = Connections(folder),
        };
    }

    private static RefereeConnection[] Connections(string folder)
    {
        if (File.Exists(Path.Combine(folder, "stream.bin.zst")))
            return [new(Unpack(Path.Combine(folder, "stream.bin.zst")))];
        return
        [
            .. Enumerable.Range(0, 256).Select(number => Path.Combine(folder, $"ch{number}.fwd.zst")).TakeWhile(File.Exists)
                .Select(path => new RefereeConnection(Unpack(path))),
        ];
    }

    private static byte[] Unpack(string path)
    {
        using Decompressor decompressor = new();
        decompressor.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, 27);
        return decompressor.Unwrap(File.ReadAllBytes(path), MostStreamBytes).ToArray();
    }
}
