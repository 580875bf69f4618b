using System.Globalization;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Scenarios.Recording;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Multifd;

namespace Simulation.Conformance;

/// <summary>
/// Cases of postcopy from seeds, as the simulated source writes them: with a channel for urgent pages, with connections that are lost up to
/// three times and recovered, with multifd as QEMU 11 has it. A quarter leave the format, or have a bit wrong in their last connections.
/// </summary>
internal static class PostcopySessions
{
    // RECV_BITMAP and RESUME.
    private const int RecoveryBytes = 60;

    /// <summary>Draws a case.</summary>
    /// <param name="random">Decides everything but the scenario that it begins with.</param>
    /// <param name="seed">What to call it.</param>
    public static RefereeCase Draw(Prng random, ulong seed)
    {
        int pages = random.Pick<int>([2, 16, 64, 64, 130, 256, 512]);
        ScenarioOptions options = DrawScenario(random, seed, pages);
        List<string> odd = [];

        // A recovery brings what the destination of the recording has not received: QEMU may have received less of what leaves the format.
        int most = options.Deviations.Count > 0 ? 0 : random.PickWeighted([30, 40, 20, 10]);
        for (int cuts = 0; cuts < most; cuts++)
        {
            FaultOptions cut = DrawCut(random, options);
            options = options with { Faults = [.. options.Faults, cut] };
            odd.Add(string.Create(CultureInfo.InvariantCulture, $"{cut.Connection} lost behind {cut.OffsetBytes} bytes"));
        }
        if (random.Chance(Ratio.Percent(10)))
        {
            FaultOptions wrong = DrawCut(random, options) with { Kind = FaultKind.Corrupt, Mask = (byte)(1 << random.NextInt(8)) };
            options = options with { Faults = [.. options.Faults, wrong] };
            odd.Add(string.Create(CultureInfo.InvariantCulture, $"a bit of {wrong.Connection} wrong at {wrong.OffsetBytes}"));
        }
        RefereeCase drawn = Record(options, seed, odd);
        if (!options.Migration.Postcopy!.Preempt || !random.Chance(Ratio.Percent(4)))
            return drawn;
        return Without(drawn, drawn.Connections.FirstOrDefault(connection => connection.IsUrgent));
    }

    private static RefereeCase Record(ScenarioOptions options, ulong seed, IReadOnlyList<string> odd)
    {
        PostcopyOptions postcopy = options.Migration.Postcopy!;
        string kind = postcopy.Preempt ? ", preempt" : options.Migration.Multifd ? ", multifd" : "";
        string deviation = options.Deviations.Count > 0 ? $", {options.Deviations[0].Mode}" : "";
        string name = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, postcopy session{kind}{deviation}");
        return RefereeDraw.Of(options, string.Join(", ", [name, .. odd]), ["--seed", seed.ToString(CultureInfo.InvariantCulture)]);
    }

    private static ScenarioOptions DrawScenario(Prng random, ulong seed, int pages)
    {
        ScenarioOptions drawn = ScenarioOptions.Draw(seed);
        MigrationOptions migration = PostcopyDraw.Adapt(drawn.Migration) with { SwitchoverAck = false };
        PostcopyOptions postcopy = PostcopyDraw.Draw(random, migration, (long)pages * GuestRam.UsualPageBytes, 1_000_000) with
        {
            // Every change from main to the channel for urgent pages and back is waited for.
            Vcpus = 1,
            TouchesPerVcpu = random.Pick<int>([0, 1, 3, 8]),
            Recovers = true,
        };
        bool isMultifd = random.Chance(Ratio.Percent(10));
        if (isMultifd)
        {
            postcopy = postcopy with { Preempt = false, IsOfQemu11 = true };
            migration = migration with { Xbzrle = false, Multifd = true, MultifdChannels = random.Between(1, 4), MultifdCompression = MultifdCompression.None };
        }
        bool isDeviant = random.Chance(Ratio.Percent(15));
        return drawn with
        {
            Migration = migration with { Postcopy = postcopy },
            Blocks = [new BlockOptions(RefereeDraw.BlockName, pages)],
            Monitor = drawn.Monitor with { Quits = QuitMoment.Never },
            Faults = [],
            Deviations = isDeviant ? DeviationDraw.DrawInPostcopy(random, postcopy.Preempt) : [],
        };
    }

    // In the last connections that there are without it: each cut is one of those that a recovery has made.
    private static FaultOptions DrawCut(Prng random, ScenarioOptions options)
    {
        IReadOnlyList<RecordedConnection> connections = RefereeDraw.RecordingOf(options).Connections;
        RecordedConnection[] last = [.. connections.Where(connection => connection.Leg == connections[^1].Leg)];
        RecordedConnection lost = random.Chance(Ratio.Percent(70)) ? last[0] : random.Pick<RecordedConnection>(last);
        int most = lost.Leg > 0 && random.Chance(Ratio.Percent(30)) ? Math.Min(RecoveryBytes, lost.Bytes.Length) : lost.Bytes.Length;
        return new FaultOptions { Kind = FaultKind.Truncate, Connection = lost.Name, OffsetBytes = random.NextLong(1 + most) };
    }

    private static RefereeCase Without(RefereeCase drawn, RefereeConnection? missing)
    {
        if (missing is null)
            return drawn;
        int number = drawn.Connections.ToList().IndexOf(missing);
        return drawn with
        {
            Name = $"{drawn.Name}, no channel for urgent pages",
            Connections = [.. drawn.Connections.Where((_, i) => i != number)],
            Log = [.. drawn.Log!.Where(step => step.Connection != number).Select(step => step with
            {
                Connection = step.Connection - (step.Connection > number ? 1 : 0),
            })],
        };
    }
}
