using System.Text.Json;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using ZstdSharp;

namespace TestKit;

/// <summary>A recorded stream of a real QEMU with its ground truth, from <c>corpus/qemu</c>.</summary>
public sealed class Capture
{
    private readonly string _folder;

    private Capture(string folder)
    {
        _folder = folder;
        Meta = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "meta.json"))).RootElement;
    }

    public JsonElement Meta { get; }

    public string Name => Path.GetFileName(_folder);

    /// <summary>The source's final figures.</summary>
    public JsonElement SourceRam => Meta.GetProperty("source_query_migrate").GetProperty("ram");

    /// <summary>The SHA-256 of the source's RAM, in lower-case hexadecimal.</summary>
    public string Sha256(string block = "m0") => Meta.GetProperty("blocks").GetProperty(block).GetProperty("sha256").GetString()!;

    public static string Root { get; } = FindRoot();

    /// <summary>The single-channel precopy captures.</summary>
    public static IEnumerable<string> SingleChannelPrecopy =>
        from folder in Directory.GetDirectories(Path.Combine(Root, "corpus", "qemu", "10.0.2"))
        let name = Path.GetFileName(folder)
        where !name.Contains("multifd", StringComparison.Ordinal) && !name.Contains("mapped", StringComparison.Ordinal)
            && !name.Contains("postcopy", StringComparison.Ordinal)
        orderby name
        select name;

    /// <summary>The multifd captures over sockets, and the mapped-ram files.</summary>
    public static IEnumerable<string> MultifdAndMappedRam =>
        from folder in Directory.GetDirectories(Path.Combine(Root, "corpus", "qemu", "10.0.2"))
        let name = Path.GetFileName(folder)
        where name.Contains("multifd", StringComparison.Ordinal) || name.Contains("mapped", StringComparison.Ordinal)
        orderby name
        select name;

    public static Capture Open(string name) => new(Path.Combine(Root, "corpus", "qemu", "10.0.2", name));

    public byte[] Read(string file)
    {
        using Decompressor decompressor = new();
        decompressor.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, 27);
        return decompressor.Unwrap(File.ReadAllBytes(Path.Combine(_folder, file + ".zst")), 256 * 1024 * 1024).ToArray();
    }

    public byte[] MainStream() =>
        Read(File.Exists(Path.Combine(_folder, "stream.bin.zst")) ? "stream.bin" : "ch0.fwd");

    public MigrationCapabilities Capabilities()
    {
        MigrationCapabilities capabilities = new();
        foreach (JsonProperty capability in Meta.GetProperty("capabilities").EnumerateObject())
            capabilities.Set(capability.Name, capability.Value.GetBoolean());
        return capabilities;
    }

    /// <summary>The forward bytes of each connection, in accept order.</summary>
    public byte[][] Connections() =>
        [.. Enumerable.Range(0, 256).Select(k => $"ch{k}.fwd").TakeWhile(f => File.Exists(Path.Combine(_folder, f + ".zst"))).Select(Read)];

    public MigrationParameters Parameters()
    {
        MigrationParameters parameters = new();
        foreach (string name in (string[])["multifd-channels", "multifd-compression", "zero-page-detection"])
        {
            if (parameters.TrySet(name, Meta.GetProperty("parameters").GetProperty(name).ToString()) is { } error)
                throw new InvalidDataException(error);
        }
        return parameters;
    }

    /// <summary>The machine that was migrated: its blocks from the recording, its devices from the stream's own description.</summary>
    public MachineProfile Machine(ReadOnlyMemory<byte> stream)
    {
        string arguments = string.Join(' ', Meta.GetProperty("src_args").EnumerateArray().Select(a => a.GetString()));
        Range json = VmDescription.FindAtEnd(stream.Span);
        bool ignoreShared = Capabilities().IgnoreShared;
        uint nameLength = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(stream.Span[9..]);
        bool configuration = stream.Span[8] == 7;
        return new()
        {
            Name = configuration ? System.Text.Encoding.UTF8.GetString(stream.Span.Slice(13, (int)nameLength)) : "none",
            SendConfiguration = configuration,
            SendSectionFooter = !arguments.Contains("send-section-footer=off", StringComparison.Ordinal),
            MultifdFlushAfterEachSection = arguments.Contains("pc-i440fx-7.2", StringComparison.Ordinal),
            SuppressVmDescription = arguments.Contains("suppress-vmdesc=on", StringComparison.Ordinal),
            Uuid = arguments.Contains("-uuid ", StringComparison.Ordinal)
                ? Guid.Parse(arguments.Split("-uuid ")[1].Split(' ')[0])
                : null,
            RamBlocks =
            [
                .. Meta.GetProperty("blocks").EnumerateObject().Select(b => new RamBlockDescription
                {
                    Name = b.Name,
                    LengthBytes = b.Value.GetProperty("used").GetInt64(),
                    MaxLengthBytes = b.Value.GetProperty("total").GetInt64(),
                    Shared = ignoreShared && b.Name == "m0",
                }),
            ],
            Devices = json.Equals(default(Range)) ? [DeviceSection.Timer] : VmDescription.Parse(stream[json], out _),
        };
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Simulation.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("the tests run below the folder of Simulation.sln");
    }
}
