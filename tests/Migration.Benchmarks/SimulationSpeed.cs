using System.Diagnostics;
using System.Globalization;
using Simulation.Engine.Fabric;
using Simulation.Engine.Time;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Source.Guest;
using Spectre.Console;

namespace Migration.Benchmarks;

/// <summary>
/// The simulator on one core: migrations a second, virtual time against real time, and memory over a long campaign. Real time is the
/// processor time of this process, the collector's included: it says the same on a machine that has other things to do.
/// </summary>
internal static class SimulationSpeed
{
    /// <summary>Until the runtime has compiled what runs often, which takes it some seconds once and not at each run.</summary>
    private const int WarmUpRuns = 4_000;

    /// <summary>A guest of 4 MiB, half of it zero, that goes on writing to a few pages: three or four iterations.</summary>
    private static readonly ScenarioOptions Small = new()
    {
        Machine = new() { DeviceCount = 4 },
        Blocks = [new BlockOptions("pc.ram", 1024)],
        Guest = new()
        {
            Content = ContentMix.Typical, Pattern = DirtyPattern.HotSet, PagesPerSecond = 20_000, WorkingSetPages = 64, BytesPerWrite = 64,
        },
        Migration = new() { MaxBandwidth = 128 << 20, DowntimeLimit = 1 },
        Link = new() { LatencyNanoseconds = 100 * VirtualDuration.Microsecond },
        Monitor = new() { CommandCount = 4, IntervalNanoseconds = 5 * VirtualDuration.Millisecond },
        FaultsEndNanoseconds = 250 * VirtualDuration.Millisecond,
        PoisonByte = 0xA5,
    };

    private const int Looks = 20;

    private static double ProcessorSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    public static int Run(int seconds, int runs)
    {
        Table table = new Table().AddColumns("one core", "unit", "measured", "goal");
        using ScenarioRunner runner = new();
        (string Name, ScenarioOptions Options)[] small =
        [
            ("small migration", Small),
            ("small migration, XBZRLE", Small with { Migration = Small.Migration with { Xbzrle = true, XbzrleCachePages = 256 } }),
            ("small migration, return path", Small with { Migration = Small.Migration with { ReturnPath = true } }),
            ("small migration, 2 multifd channels", Small with { Migration = Small.Migration with { Multifd = true, MultifdChannels = 2 } }),
            ("small migration, postcopy", Small with
            {
                Migration = Small.Migration with
                {
                    ReturnPath = true,
                    Postcopy = new() { StartsAtRound = 2, Vcpus = 2, TouchesPerVcpu = 20, TouchIntervalNanoseconds = VirtualDuration.Millisecond, WritePercent = 50 },
                },
            }),
        ];
        foreach ((string name, ScenarioOptions options) in small)
            Row(table, name, "runs/s", Rate(runner, options, seconds, _ => 1), options.Migration.Postcopy is null ? "1,000" : "0.7 of those");
        ScenarioOptions slow = Small with { Link = new() { BytesPerSecond = 32 << 10, LatencyNanoseconds = 20 * VirtualDuration.Millisecond } };
        Row(table, "link-bound, 32 KiB/s", "virtual s/s", Rate(runner, slow, seconds, r => r.VirtualNanoseconds / 1e9), "1,000");
        Drawn(table, runner, runs);
        AnsiConsole.Write(table);
        return 0;
    }

    private static double Rate(ScenarioRunner runner, ScenarioOptions options, int seconds, Func<RunResult, double> amount)
    {
        for (int i = 0; i < WarmUpRuns; i++)
            RunOne(runner, options with { Seed = (ulong)i });
        double sum = 0;
        double started = ProcessorSeconds;
        double elapsed;
        ulong seed = WarmUpRuns;
        do
        {
            sum += amount(RunOne(runner, options with { Seed = seed++ }));
            elapsed = ProcessorSeconds - started;
        }
        while (elapsed < seconds);
        return sum / elapsed;
    }

    // The default campaign's own mix of scenarios, and what is alive after it. A run leaves behind what it needed itself, some more and
    // some less, so that every look is behind the same run, and the highest of each half are compared: what leaks shows there.
    private static void Drawn(Table table, ScenarioRunner runner, int runs)
    {
        double started = ProcessorSeconds;
        double virtualSeconds = 0;
        List<long> alive = [];
        for (int i = 0; i < runs; i++)
        {
            virtualSeconds += runner.Run(ScenarioOptions.Draw((ulong)i)).VirtualNanoseconds / 1e9;
            if ((i + 1) % Math.Max(1, runs / Looks) == 0)
                alive.Add(AliveBytes(runner));
        }

        double seconds = ProcessorSeconds - started;
        long first = alive.Take(alive.Count / 2).Max();
        long second = alive.Skip(alive.Count / 2).Max();
        Row(table, "drawn scenarios", "runs/s", runs / seconds, "");
        Row(table, "drawn scenarios", "virtual s/s", virtualSeconds / seconds, "");
        Row(table, string.Create(CultureInfo.InvariantCulture, $"heap, highest in the first {runs / 2:N0} runs"), "KiB", first / 1024.0, "");
        Row(table, string.Create(CultureInfo.InvariantCulture, $"heap, highest in the next {runs / 2:N0} runs: growth"), "KiB", (second - first) / 1024.0, "0");
        using Process self = Process.GetCurrentProcess();
        Row(table, "resident at the end", "MiB", self.WorkingSet64 / 1048576.0, "");
    }

    private static long AliveBytes(ScenarioRunner runner)
    {
        RunOne(runner, Small);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static RunResult RunOne(ScenarioRunner runner, ScenarioOptions options)
    {
        RunResult result = runner.Run(options);
        return result.Verdict == Verdict.Passed
            ? result
            : throw new InvalidOperationException($"seed {options.Seed}: {result.Check}: {result.Message}");
    }

    private static void Row(Table table, string name, string unit, double value, string goal) =>
        table.AddRow(name, unit, value.ToString("N0", CultureInfo.InvariantCulture), goal);
}
