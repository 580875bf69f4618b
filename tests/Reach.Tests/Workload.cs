using System.Buffers.Binary;
using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Targets;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Streams;
using Qemu.Migration.Incoming.Transports;
using Qemu.Migration.Wire;
using Simulation.Conformance;
using Simulation.Runner.Scoring;
using Simulation.Scenarios;
using Simulation.Schedules.Models;
using Simulation.Schedules.Own;

namespace Reach.Tests;

/// <summary>What is run: a range of the default campaign, schedules of each model, every stream of the corpus in every kind of host
/// and dumped, addresses, every seed of each fuzz target. The same every time. Runs in the world where the destination is instrumented.</summary>
internal static class Workload
{
    private const ulong Seeds = 2500;
    private const ulong Schedules = 150;
    private const int LongestInputBytes = 4 << 20;

    private static readonly string[] Addresses =
    [
        "tcp:127.0.0.1:4444", "tcp:[::1]:4444", "tcp:::1:4444", "tcp:host", "tcp:host:port", "unix:/run/x.sock", "unix:", "fd:3", "fd:x",
        "exec:cat x", "exec:", "file:x", "file:", "file:x,offset=0x10", "file:x,offset=10", "file:x,offset=4K", "file:x,offset=1.5M",
        "file:x,offset=-1", "file:x,offset=1Q", "file:x,offset=", "file:x,offset=99999999999999999999", "rdma:x", "",
    ];

    /// <summary>Runs it all.</summary>
    /// <param name="root">The root of the repository.</param>
    /// <returns>The blocks that nothing reached, as JSON of <see cref="CodeBlock"/>.</returns>
    public static string Run(string root)
    {
        CoverageMap coverage = new([.. new[] { typeof(StreamError), typeof(IncomingMigration), typeof(StreamDumper), typeof(StreamInput) }
            .Select(type => CounterRegion.Of(type.Assembly)!)]);
        foreach (Action run in All(root))
        {
            run();
            coverage.Collect();
            coverage.Accept();
        }

        List<CodeBlock> unreached = [];
        foreach ((CounterMap map, bool[] reached) in coverage.Reached())
            unreached.AddRange(map.Blocks.Where((_, i) => !reached[i]));
        return JsonSerializer.Serialize(unreached);
    }

    private static IEnumerable<Action> All(string root) =>
        [.. Campaign(), .. ScheduledModels(), .. Streams(root), .. Dumps(root), .. ParsedAddresses(), .. FuzzSeeds(root)];

    private static IEnumerable<Action> Campaign()
    {
        ScenarioRunner runner = new();
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            ulong drawn = seed;
            yield return () => runner.Run(ScenarioOptions.Draw(drawn));
        }
    }

    private static IEnumerable<Action> ScheduledModels()
    {
        foreach (ScheduleModel model in ModelCatalogue.All)
        {
            OwnHost host = new(model, "portfolio");
            for (ulong seed = 0; seed < Schedules; seed++)
            {
                ulong drawn = seed;
                yield return () => host.Run(drawn);
            }
        }
    }

    private static IEnumerable<Action> Streams(string root)
    {
        foreach (string file in CorpusSlices.FilesIn(Path.Combine(root, "corpus")))
        {
            RefereeCase played = CorpusFile.Open(file)![0]();
            foreach (TrialHostKind kind in TrialHostKind.All(played))
                yield return () => new Simulation.Conformance.DestinationTrial().Play(played, kind);
        }
    }

    private static IEnumerable<Action> Dumps(string root)
    {
        string corpus = Path.Combine(root, "corpus");
        string[] files =
        [
            .. Directory.EnumerateFiles(Path.Combine(corpus, "malformed"), "*.bin", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(Path.Combine(corpus, "qemu"), "ch*.zst", SearchOption.AllDirectories),
            .. Directory.EnumerateFiles(Path.Combine(corpus, "seeds", "main-stream")),
            .. Directory.EnumerateFiles(Path.Combine(corpus, "seeds", "main-stream-pc")),
            .. Directory.EnumerateDirectories(Path.Combine(corpus, "qemu"), "*", SearchOption.AllDirectories)
                .Where(folder => File.Exists(Path.Combine(folder, "meta.json"))),
        ];
        foreach (string file in files.Order(StringComparer.Ordinal))
            yield return () => Dump(file);
    }

    private static void Dump(string file)
    {
        try
        {
            StreamInput input = StreamInput.Open(file);
            MigrationChannel channel = input.Connections[0];
            if (IsMultifd(file))
            {
                using MultifdDumper packets = new(channel, input.Description.Machine.PageSizeBytes, _ => { });
                packets.Dump();
            }
            else if (file.Contains(".back.", StringComparison.Ordinal))
            {
                using ReturnPathDumper messages = new(channel, _ => { });
                messages.Dump();
            }
            else
            {
                using StreamDumper sections = new(channel, input.Description.Machine, _ => { });
                sections.Dump();
            }
        }
        catch (Exception error) when (error is FormatException or IOException)
        {
            // Says so, as the command does.
        }
    }

    private static bool IsMultifd(string file)
    {
        if (!File.Exists(file))
            return false;
        ReadOnlyMemory<byte> bytes = file.EndsWith(".zst", StringComparison.Ordinal) ? StreamInput.Decompress(file) : File.ReadAllBytes(file);
        return BinaryPrimitives.TryReadUInt32BigEndian(bytes.Span, out uint magic) && magic == MultifdPacket.Magic;
    }

    private static IEnumerable<Action> ParsedAddresses() => Addresses.Select(address => (Action)(() =>
    {
        try
        {
            MigrationAddress.Parse(address);
        }
        catch (FormatException)
        {
            // No address.
        }
    }));

    private static IEnumerable<Action> FuzzSeeds(string root)
    {
        foreach (string name in TargetCatalogue.Names)
        {
            FuzzTarget target = TargetCatalogue.Create(name)!;
            Executor executor = new(target, new InputBuffer(LongestInputBytes));
            foreach (string file in SeedsOf(root, name))
                yield return () => executor.Run(File.ReadAllBytes(file));
        }
    }

    private static IEnumerable<string> SeedsOf(string root, string target) => ((string[])["seeds", "regressions"])
        .Select(room => Path.Combine(root, "corpus", room, target))
        .Where(Directory.Exists)
        .SelectMany(Directory.EnumerateFiles)
        .Order(StringComparer.Ordinal);
}
