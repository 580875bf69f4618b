using System.Text;
using Fuzzing.Targets.Differential;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Destination.Machine;
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
