using System.Buffers.Binary;
using System.Text;
using Fuzzing.Targets.Differential;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using Simulation.Engine.Choices;

namespace Fuzzing.Targets.Seeds;

/// <summary>
/// Makes beginnings for the fuzzer: recorded streams cut down, the malformed corpus, streams of the simulated source, whole parts of
/// each kind. They are many and alike; merged, few are left.
/// </summary>
public static class SeedMaker
{
    private const int Recipes = 300;

    /// <summary>Makes the seeds of a target.</summary>
    /// <param name="target">Its name.</param>
    /// <param name="corpus">The folder with <c>qemu</c> and <c>malformed</c>.</param>
    /// <returns>Inputs, none longer than the target takes.</returns>
    public static IEnumerable<byte[]> For(string target, string corpus)
    {
        int most = TargetCatalogue.Create(target)!.MaximumBytes;
        return Make(target, corpus).Where(seed => seed.Length <= most);
    }

    private static IEnumerable<byte[]> Make(string target, string corpus) => target switch
    {
        "wire" => WireStructureFormat.Instance.Templates,
        "main-stream" => [StreamTemplates.Whole(), .. Malformed(corpus, ""), .. RecordedStreams.None(corpus), .. SimulatedStreams.Main()],
        "main-stream-pc" or "error-text" => [.. RecordedStreams.Pc(corpus)],
        "ram-section" => [.. StreamTemplates.RamRecords(), .. RecordedStreams.None(corpus).Select(RecordedStreams.RecordsOf)],
        "xbzrle-decode" => [.. XbzrleFormat.Instance.Templates.Select(delta => (byte[])[0x5a, .. delta]), .. SimulatedStreams.Deltas()],
        "xbzrle-round-trip" => [[0], [1, 0, 8, 3, 1, 2, 3], [0xff, 0x0f, 0xfe, 4, 0, 0, 0, 0], [0, 0, 0, 200, .. new byte[200]]],
        "multifd" => SessionTemplates.Sessions(),
        "postcopy" => PostcopyTemplates.Sessions(),
        "mapped-ram" => [.. MappedRamTemplates.Files(), .. Malformed(corpus, "--mapped-ram")],
        "return-path" => [.. ReturnPathFormat.Instance.Templates, [.. ReturnPathFormat.Instance.Templates.SelectMany(message => message)]],
        "qmp" => Monitors(),
        "monitor" => MonitorTemplates.Sessions(),
        "dump" => [StreamTemplates.Whole(), .. Malformed(corpus, ""), .. Malformed(corpus, "--mapped-ram"), .. RecordedStreams.None(corpus), .. RecordedStreams.Pc(corpus), .. Connections()],
        "describe" => [.. Described(corpus), .. Malformed(corpus, ""), .. Malformed(corpus, "--postcopy-ram"), .. Malformed(corpus, "--mapped-ram")],
        "profile-merge" => ProfilePairs(),
        "command-line" => CommandLines(),
        "vm-description" => [.. RecordedStreams.Descriptions(corpus), "{\"devices\":[]}"u8.ToArray()],
        "machine-profile" => Profiles(),
        "recipe" => RandomBytes(),
        "differential" => Differential(corpus),
        _ => [],
    };

    private static IEnumerable<byte[]> Malformed(string corpus, string ending) =>
        from file in Directory.EnumerateFiles(Path.Combine(corpus, "malformed"), "*.bin").Order(StringComparer.Ordinal)
        let capabilities = Path.GetFileNameWithoutExtension(file).Split("--").ElementAtOrDefault(2) ?? ""
        where ending.TrimStart('-') == capabilities
        select File.ReadAllBytes(file);

    private static IEnumerable<byte[]> Monitors()
    {
        byte[] negotiation = "{\"execute\":\"qmp_capabilities\"}\n"u8.ToArray();
        List<byte> all = [.. negotiation];
        foreach (byte[] word in JsonFormat.Qmp.Dictionary.Where(w => Encoding.UTF8.GetString(w).Contains("execute", StringComparison.Ordinal)))
        {
            yield return [.. negotiation, .. word, .. "{\"execute\":\"query-migrate\"}\n"u8];
            all.AddRange(word);
        }
        yield return [.. all];
    }

    private static IEnumerable<byte[]> Profiles()
    {
        yield return Machines.None.ToJson();
        yield return (Machines.None with { Uuid = new Guid(1, 2, 3, new byte[8]), Devices = [] }).ToJson();
        foreach (DeviceSection device in Machines.SmallPc.Devices)
            yield return (Machines.Tiny with { Devices = [device] }).ToJson();
    }

    // What is no main stream: packets of a channel, messages of a return path.
    private static IEnumerable<byte[]> Connections() =>
    [
        [.. SessionTemplates.Chunks().Where(chunk => chunk[0] == 1).SelectMany(chunk => chunk[SessionScript.ChunkHeaderBytes..])],
        [.. ReturnPathFormat.Instance.Templates.SelectMany(message => message)],
    ];

    private static IEnumerable<byte[]> Described(string corpus)
    {
        byte[] whole = StreamTemplates.Whole();
        int end = whole.Length - StreamTemplates.EmptyDescriptionBytes;
        yield return whole;
        foreach (byte[] json in RecordedStreams.Descriptions(corpus))
        {
            byte[] length = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(length, (uint)json.Length);
            yield return [.. whole.AsSpan(0, end), (byte)SectionType.VmDescription, .. length, .. json];
        }
    }

    private static IEnumerable<byte[]> ProfilePairs()
    {
        byte[][] profiles = [.. Profiles(), .. ProfilesThatVary().Select(profile => profile.ToJson())];
        foreach (byte[] first in profiles)
        {
            foreach (byte[] second in profiles.Append([]))
                yield return [(byte)(first.Length >> 8), (byte)(first.Length & byte.MaxValue), .. first, .. second];
        }
    }

    // One machine whose section has other fields each time.
    private static IEnumerable<MachineProfile> ProfilesThatVary()
    {
        VmStateField field = new() { Name = "a", Type = "uint8", SizeBytes = 1 };
        VmStateField[][] all =
            [[field], [field, field with { Name = "b" }], [field with { Name = "b" }], [field with { Count = 2 }], [field with { SizeBytes = 2 }], [field with { Varies = true }]];
        return all.Select(fields => Machines.Tiny with { Devices = [new() { Name = "d", State = new() { Name = "d", Fields = fields } }] });
    }

    private static IEnumerable<byte[]> CommandLines()
    {
        (byte Option, string[] Values)[] all =
        [
            (0, ["tcp:0:4444", "tcp:[::1]:0,to=5,ipv4=off,ipv6", "unix:/x", "file:/x,offset=0x10", "file:/dev/fdset/1", "fd:3", "fd:name", "exec:cat x", "fd:", "tcp:0:1,ipv4=off,ipv6=off",
                "tcp:0:9,to=5", "tcp:0:1,ipv4=x", "tcp:0:1,keep-alive", "tcp:0:1,x"]),
            (1, ["512", "0x1000", "4096K", "1.5G", "8191P", "7E"]),
            (2, ["tls-creds-x509,id=tls0,dir=/a,,b,endpoint=server,verify-peer=on", "{\"qom-type\":\"tls-creds-x509\",\"id\":\"tls0\"}", "tls-creds-x509,id", "{"]),
            (3, [.. MigrationParameters.Names.Select(name => name + "=1"), "multifd-compression=zstd"]),
            (4, ["migration.multifd-flush-after-each-section=on", "migration.send-configuration=off"]),
        ];
        return all.SelectMany(option => option.Values.Select(value => (byte[])[option.Option, .. Encoding.UTF8.GetBytes(value)]));
    }

    private static IEnumerable<byte[]> RandomBytes()
    {
        Prng random = new(1);
        for (int i = 0; i < Recipes; i++)
        {
            byte[] seed = new byte[random.NextInt(200)];
            random.NextBytes(seed);
            yield return seed;
        }
    }

    private static IEnumerable<byte[]> Differential(string corpus)
    {
        (byte Mode, string Target)[] modes =
            [(0, "main-stream"), (1, "main-stream-pc"), (3, "mapped-ram"), (4, "mapped-ram"), (7, "main-stream"), (8, "multifd")];
        foreach ((byte mode, string target) in modes)
        {
            foreach (byte[] seed in Make(target, corpus))
                yield return [mode, .. seed];
        }
        foreach (byte[] seed in Malformed(corpus, "--x-ignore-shared"))
            yield return [2, .. seed];
        foreach (byte[] seed in PostcopyTemplates.Streams())
            yield return [DifferentialTarget.PostcopyMode, .. seed];
        foreach (byte[] seed in PostcopyTemplates.Sessions().Where(session => (session[0] & 7) == 0))
            yield return [DifferentialTarget.PostcopyMode | 1, .. seed];
    }
}
