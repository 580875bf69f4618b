using System.Buffers.Binary;
using Qemu.Migration.Destination.Machine;
using Simulation.Oracle;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Scenarios.Recording;
using Simulation.Source.Guest;
using Simulation.Source.Multifd;
using Simulation.Source.Precopy;

namespace Simulation.Conformance;

/// <summary>
/// Files of <c>corpus/malformed</c>, and inputs of the fuzz targets that are migrations of the machine <c>none</c>, from
/// <c>corpus/seeds</c> and <c>corpus/regressions</c>: the folder says which.
/// </summary>
internal static class CorpusFile
{
    private const string BlockName = "ram";
    private const long UsualBytes = 1 << 20;
    private const long TinyBytes = 8192;
    private const int FirstSessionMode = 8;
    private const int FirstPostcopyMode = 0xf0;
    private const int ChunkHeaderBytes = 3;
    private const int MostConnections = 8;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>What makes its case; null where the referee cannot play it.</returns>
    public static IReadOnlyList<Func<RefereeCase>>? Open(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetFileName(Path.GetDirectoryName(full)) ?? "";
        string room = Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(full))) ?? "";
        return (room, folder) switch
        {
            (_, "malformed") => [() => Malformed(path)],
            ("malformed", "multifd") => [() => MalformedSession(path)],
            ("seeds" or "regressions", "main-stream") => [() => Single(path, File.ReadAllBytes(path), UsualBytes)],
            ("seeds" or "regressions", "mapped-ram") => [() => Single(path, File.ReadAllBytes(path), TinyBytes, "mapped-ram")],
            ("seeds" or "regressions", "multifd") => [() => Session(path, File.ReadAllBytes(path))],
            ("seeds" or "regressions", "differential") when IsOfNone(path) => [() => Differential(path, File.ReadAllBytes(path))],
            _ => null,
        };
    }

    /// <summary>Whether a stream needs other connections beside it, or a machine with a disk: the referee plays one connection of postcopy to
    /// a machine that has none.</summary>
    /// <param name="path">The file.</param>
    public static bool NeedsMore(string path) => CapabilitiesOf(path) is var names
        && (names.Contains("dirty-bitmaps") || names.Contains("postcopy-preempt") || (names.Contains("postcopy-ram") && names.Contains("multifd")));

    // CODE--oddity--capabilities.bin
    private static RefereeCase Malformed(string path) => Single(path, File.ReadAllBytes(path), UsualBytes, CapabilitiesOf(path));

    private static string[] CapabilitiesOf(string path) =>
        Path.GetFileNameWithoutExtension(path).Split("--") is [_, _, var capabilities, ..] ? capabilities.Split(',') : [];

    // CODE--oddity--compression.bin is channel 0 of two; the rest of the session is an honest one's.
    private static RefereeCase MalformedSession(string path)
    {
        OracleCompression compression = CompressionOf(Path.GetFileNameWithoutExtension(path).Split("--")[2]);
        ScenarioRecording honest = ScenarioRecording.Of(new ScenarioOptions
        {
            Machine = new MachineOptions(),
            Blocks = [new BlockOptions(BlockName, (int)(UsualBytes >> 12))],
            Guest = new GuestOptions { Content = ContentMix.AllZero },
            Migration = new MigrationOptions
            {
                Multifd = true,
                MultifdChannels = 2,
                MultifdCompression = (MultifdCompression)compression,
                ZeroPageDetection = ZeroPageDetection.Multifd,
                DowntimeLimit = 300,
                ReturnPath = true,
            },
            Link = new(),
            Monitor = new MonitorOptions(),
        });
        return Case(path, UsualBytes, ["multifd", "return-path"]) with
        {
            Compression = compression,
            Connections = [new(honest.Main), new(File.ReadAllBytes(path)), new(honest.Channels[1])],
        };
    }

    private static RefereeCase Single(string path, ReadOnlyMemory<byte> stream, long bytes, params string[] capabilities) =>
        Case(path, bytes, capabilities) with { IsFile = capabilities.Contains("mapped-ram"), Connections = [new(stream)] };

    private static bool IsOfNone(string path)
    {
        using FileStream file = File.OpenRead(path);
        int mode = file.ReadByte();
        return mode >= FirstPostcopyMode ? mode % 2 == 0 : mode % (FirstSessionMode + 1) != 1;
    }

    // The first byte is the machine and its settings.
    private static RefereeCase Differential(string path, ReadOnlyMemory<byte> input)
    {
        int mode = input.IsEmpty ? 0 : input.Span[0] % (FirstSessionMode + 1);
        ReadOnlyMemory<byte> stream = input.IsEmpty ? input : input[1..];
        if (!input.IsEmpty && input.Span[0] >= FirstPostcopyMode)
            return Single(path, stream, UsualBytes, "postcopy-ram");
        return mode switch
        {
            2 => Single(path, stream, UsualBytes, "x-ignore-shared"),
            3 => Single(path, stream, TinyBytes, "mapped-ram"),
            4 => Single(path, stream, TinyBytes, "mapped-ram", "x-ignore-shared"),
            5 => With(Single(path, stream, UsualBytes), profile => profile with { SendConfiguration = false }),
            6 => With(Single(path, stream, UsualBytes), profile => profile with { SendSectionFooter = false }),
            7 => With(Single(path, stream, UsualBytes), profile => profile with { SuppressVmDescription = true }),
            FirstSessionMode => Session(path, stream),
            _ => Single(path, stream, UsualBytes),
        };
    }

    // A byte of settings, then chunks: connection, length, bytes. What matters here is what each connection brings, whole.
    private static RefereeCase Session(string path, ReadOnlyMemory<byte> input)
    {
        int options = input.IsEmpty ? 0 : input.Span[0];
        ReadOnlySpan<byte> script = input.IsEmpty ? default : input.Span[1..];
        List<int> order = [];
        List<byte>[] connections = [.. Enumerable.Range(0, MostConnections).Select(_ => new List<byte>())];
        while (script.Length >= ChunkHeaderBytes)
        {
            int number = script[0] % MostConnections;
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(script[1..]), script.Length - ChunkHeaderBytes);
            if (!order.Contains(number))
                order.Add(number);
            connections[number].AddRange(script.Slice(ChunkHeaderBytes, length));
            script = script[(ChunkHeaderBytes + length)..];
        }

        RefereeCase session = Case(path, UsualBytes, ["multifd"]) with
        {
            MultifdChannels = (options & 3) + 1,
            Compression = (options >> 2 & 3) switch { 1 => OracleCompression.Zlib, 2 => OracleCompression.Zstd, _ => OracleCompression.None },
            Connections = [.. order.Select(number => new RefereeConnection(connections[number].ToArray()))],
        };
        return (options & 16) == 0 ? session : With(session, profile => profile with { MultifdFlushAfterEachSection = true });
    }

    private static OracleCompression CompressionOf(string name) => Enum.Parse<OracleCompression>(name, ignoreCase: true);

    private static RefereeCase With(RefereeCase plain, Func<MachineProfile, MachineProfile> change)
    {
        MachineProfile profile = change(plain.Profile);
        return plain with { Profile = profile, Machine = CaseFolder.Machine(profile, plain.Autostart) };
    }

    private static RefereeCase Case(string path, long bytes, IReadOnlyList<string> capabilities)
    {
        MachineProfile profile = CaseFolder.Profile(BlockName, bytes);
        return new RefereeCase
        {
            Name = path,
            Arguments = [path],
            Profile = profile,
            Machine = CaseFolder.Machine(profile, autostart: true),
            Capabilities = capabilities,
            Connections = [],
        };
    }
}
