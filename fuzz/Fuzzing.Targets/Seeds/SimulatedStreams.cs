using System.Buffers.Binary;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;

namespace Fuzzing.Targets.Seeds;

/// <summary>Streams of the simulated source for <see cref="Machines.None"/>: few pages with content, some written again.</summary>
internal static class SimulatedStreams
{
    private const int Scenarios = 16;

    /// <summary>Main streams.</summary>
    public static IEnumerable<byte[]> Main()
    {
        using ScenarioRunner runner = new();
        for (ulong seed = 0; seed < Scenarios; seed++)
        {
            runner.Run(Draw(seed));
            if (runner.Observation.Main is { } main)
                yield return main.Bytes.ToArray();
        }
    }

    /// <summary>The deltas in those, each behind a fill byte.</summary>
    public static IEnumerable<byte[]> Deltas()
    {
        StructureMap map = new();
        foreach (byte[] stream in Main())
        {
            map.Clear();
            MainStreamFormat.Instance.Read(stream, map);
            foreach (Part part in map.Parts.Where(part => part.Kind == PartKind.RamRecord))
            {
                uint flags = BinaryPrimitives.ReadUInt16BigEndian(stream.AsSpan(part.Start + 6)) & 0xfffu;
                int body = part.Start + RamFlags.HeaderBytes + 3;
                if ((flags & ~RamFlags.Continue) == RamFlags.Xbzrle && (flags & RamFlags.Continue) != 0)
                    yield return [0, .. stream[body..part.End]];
            }
        }
    }

    private static ScenarioOptions Draw(ulong seed) => new()
    {
        Seed = seed,
        Machine = new() { OmitsDescription = (seed & 8) != 0 },
        Blocks = [new BlockOptions("ram", (int)(Machines.NoneRamBytes >> 12))],
        Guest = new()
        {
            Content = new ContentMix(250, 1, 0, 1, 1),
            Pattern = DirtyPattern.HotSet,
            PagesPerSecond = 400,
            WorkingSetPages = 2,
            BytesPerWrite = 16,
        },
        Migration = new()
        {
            Xbzrle = (seed & 1) != 0,
            XbzrleCachePages = 64,
            ReturnPath = (seed & 2) != 0,
            SwitchoverAck = (seed & 6) == 6,
            DowntimeLimit = 1,
        },
        Link = new LinkOptions { BytesPerSecond = 1 << 20 },
        Monitor = new(),
        FaultsEndNanoseconds = 200_000_000,
    };
}
