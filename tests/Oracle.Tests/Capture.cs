using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Simulation.Oracle;
using ZstdSharp;

namespace Oracle.Tests;

/// <summary>A migration recorded from a real QEMU source, with what the source said of it.</summary>
internal sealed class Capture
{
    private readonly string _path;
    private readonly JsonNode _meta;

    private Capture(string path)
    {
        _path = path;
        _meta = JsonNode.Parse(File.ReadAllText(Path.Combine(path, "meta.json")))!;
    }

    public JsonNode SourceRam => _meta["source_query_migrate"]!["ram"]!;

    public JsonNode? SourceXbzrle => _meta["source_query_migrate"]!["xbzrle-cache"];

    public int ChannelCount => _meta["connections"] is { } count ? count.GetValue<int>() - 1 : 0;

    public static Capture Open(string name) => new(Path.Combine(Corpus.Folder("qemu/10.0.2"), name));

    public byte[] Main => _meta["connections"] is null ? Unpack("stream.bin.zst") : Unpack("ch0.fwd.zst");

    public byte[] ReturnPath => ReturnPathOf(0);

    public byte[] ReturnPathOf(int connection) => Unpack($"ch{connection}.back.zst");

    public byte[] Channel(int number) => Unpack($"ch{number}.fwd.zst");

    /// <summary>
    /// The migration as a destination started with the capture's arguments would see it, on poisoned RAM.
    /// </summary>
    public OracleInput Input() => new()
    {
        Machine = Machine(),
        Capabilities =
            [.. _meta["caps"]!.AsObject().Where(pair => pair.Value!.GetValue<bool>()).Select(pair => pair.Key)],
        MultifdChannels = _meta["parameters"]!["multifd-channels"]!.GetValue<int>(),
        MultifdCompression =
            Enum.Parse<OracleCompression>(_meta["parameters"]!["multifd-compression"]!.GetValue<string>(), true),
        Main = new OracleConnection(Main),
        Channels = IsPostcopy ? [] : [.. Enumerable.Range(1, ChannelCount).Select(number => new OracleConnection(Channel(number)))],
        Preempt = HasPreempt ? new OracleConnection(Channel(1)) : null,
        Recoveries = IsPostcopy && !HasPreempt && ChannelCount > 0 ? [new OracleRecovery(new OracleConnection(Channel(1)))] : [],
        PoisonByte = 0xa5,
    };

    private bool IsPostcopy => _meta["caps"]!["postcopy-ram"] is not null;

    private bool HasPreempt => _meta["caps"]!["postcopy-preempt"] is not null;

    public IEnumerable<(string Name, string Sha256)> BlockHashes() =>
        _meta["blocks"]!.AsObject().Select(pair => (pair.Key, pair.Value!["sha256"]!.GetValue<string>()));

    public static string Hash(OracleRamBlock block) => Convert.ToHexStringLower(SHA256.HashData(block.ToArray()));

    private OracleMachine Machine()
    {
        string name = _meta["machine"]!.GetValue<string>().Split(',')[0];
        string arguments =
            string.Join(' ', _meta["dst_args"]!.AsArray().Select(argument => argument!.GetValue<string>()));
        bool described = name.StartsWith("pc", StringComparison.Ordinal);
        name = name == "pc" ? "pc-i440fx-10.0" : name;
        // A postcopy stream carries no description of its devices: that of the same machine stands in another capture.
        OracleMachine machine = described
            ? OracleMachine.FromVmDescription(IsPostcopy ? Open("pc-dirty").Main : Main, name, Blocks())
            : OracleMachine.None(Blocks()) with { Name = name };
        return machine with
        {
            SendConfiguration = !arguments.Contains("send-configuration=off", StringComparison.Ordinal),
            SendSectionFooter = !arguments.Contains("send-section-footer=off", StringComparison.Ordinal),
            SuppressVmDescription = arguments.Contains("suppress-vmdesc=on", StringComparison.Ordinal),
            MultifdFlushAfterEachSection = name == "pc-i440fx-7.2",
            Uuid = arguments.Contains("-uuid", StringComparison.Ordinal)
                ? Convert.FromHexString("123456789abcdef0123456789abcdef0")
                : null,
        };
    }

    private OracleBlock[] Blocks() => [.. _meta["blocks"]!.AsObject().Select(pair => new OracleBlock(
        pair.Key, pair.Value!["used"]!.GetValue<long>())
    {
        MaxLength = pair.Value["total"]!.GetValue<long>(),
        Resizable = pair.Key.StartsWith("/rom@", StringComparison.Ordinal),
        Shared = pair.Key == "m0",
    })];

    private byte[] Unpack(string file)
    {
        using DecompressionStream stream = new(File.OpenRead(Path.Combine(_path, file)), leaveOpen: false);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
