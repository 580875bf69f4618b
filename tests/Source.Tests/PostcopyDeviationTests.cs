using Processes;
using Simulation.Source.Deviations;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>What the catalogue says of each deviation of postcopy is what a real destination makes of it.</summary>
public class PostcopyDeviationTests
{
    public static TheoryData<DeviantMode> Modes => [.. DeviantModes.InPostcopy.Select(info => info.Mode)];

    [SkippableTheory]
    [MemberData(nameof(Modes))]
    public async Task Real_destination_ends_as_the_catalogue_says(DeviantMode mode)
    {
        // What the catalogue says of QEMU it says of 10.0.
        string version = RealQemu.Versions(10, 10).First();
        SourceOptions options = new()
        {
            PostcopyRam = true, MaxBandwidth = 20 << 20, MaxPostcopyBandwidth = 4 << 20, PostcopyStart = new(Bytes: 2 << 20),
            DowntimeLimit = 0, // Postcopy shall begin, however slow the machine is.
        };
        await using Migration migration = await Migration.StartAsync(version, options);
        Deviator deviator = new(migration.Source, SourceMachine.None(), Late(mode));
        Task<SourceStatistics> run = migration.RunAsync();
        string end = await EndAsync(migration, run);
        Assert.All(deviator.Applied, Assert.True);
        DeviantOutcome qemu = DeviantModes.Of(mode).Qemu;
        string[] expected = qemu switch
        {
            DeviantOutcome.Accepted => ["completed"],
            DeviantOutcome.Rejected => ["failed"],
            DeviantOutcome.FailsHangsOrCrashes => ["failed", "hung", "crashed"],
            DeviantOutcome.EndsAnyHow => ["failed", "hung", "crashed", "completed"],
            DeviantOutcome.Crashes => ["crashed"],
            DeviantOutcome.Pauses => ["postcopy-paused"],
            _ => [],
        };
        Assert.Contains(end, expected);
    }

    /// <summary>The deviation, so late that the guest runs where it shall run: what comes before RUN is a race (fault L9).</summary>
    public static SourceDeviation Late(DeviantMode mode, int page = 300) => new(mode)
    {
        Occurrence = DeviantModes.Of(mode).Site == StructureKind.PostcopyPageRecord ? page : null,
    };

    // Either side may pause or hang, and then the other waits for it.
    private static async Task<string> EndAsync(Migration migration, Task<SourceStatistics> run)
    {
        string end = await migration.Qemu.EndAsync(other: "postcopy-paused");
        while (!run.IsCompleted)
        {
            await migration.GiveUpAsync();
            await migration.Qemu.KillAsync();
            await Task.WhenAny(run, Task.Delay(10));
        }

        return end;
    }
}
