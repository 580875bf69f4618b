using Qemu.Migration.Destination;
using Simulation.Engine.Fabric;
using Simulation.Scenarios;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Runs;

/// <summary>In each sample happens what it is there for; else a lie about it would prove little.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly ScenarioRunner _runner = new();

    [Fact]
    public void Precopy_iterates_and_is_seen_in_every_state()
    {
        RunObservation run = Run(Samples.Precopy, MigrationStatus.Completed);
        Assert.True(run.FinalStatistics.NormalPages + run.FinalStatistics.ZeroPages > run.FinalStatistics.UniquePages);
        Assert.True(run.FinalStatistics.DowntimeBytes > 8);
        Assert.Equal(["setup", "active", "completed"], run.Queries.Select(query => query.Status).OfType<string>().Distinct());
        Assert.True(run.Queries.Count(query => query.Status == "active") > 5);
    }

    [Fact]
    public void Xbzrle_sends_deltas() => Assert.True(Run(Samples.Xbzrle, MigrationStatus.Completed).FinalStatistics.XbzrlePages > 10);

    [Fact]
    public void Multifd_brings_pages_on_both_channels()
    {
        RunObservation run = Run(Samples.Multifd, MigrationStatus.Completed);
        Assert.Equal(2, run.Channels.Count);
        Assert.All(run.Channels, channel => Assert.True(channel.Count > 10_000));
    }

    [Fact]
    public void Mapped_ram_has_pages_and_holes()
    {
        RunObservation run = Run(Samples.MappedRam, MigrationStatus.Completed);
        Assert.InRange(run.Oracle!.MappedPages, 1, 79);
    }

    [Fact]
    public void Corruption_is_accepted_and_shows_in_memory()
    {
        RunObservation run = Run(Samples.Corrupted, MigrationStatus.Completed);
        Assert.False(run.IsClean);
        Assert.Equal(DamageKind.Corrupted, Assert.Single(run.Damage).Damage.Kind);
    }

    [Fact]
    public void Reset_and_truncation_leave_pages_out()
    {
        Assert.InRange(Run(Samples.Reset, MigrationStatus.Failed).FinalStatistics.UniquePages, 1, 79);
        Assert.InRange(Run(Samples.Truncated, MigrationStatus.Failed).FinalStatistics.UniquePages, 1, 79);
    }

    [Fact]
    public void Migration_waits_for_a_connection_that_never_comes()
    {
        Assert.Null(Run(Samples.NobodyComes, MigrationStatus.Setup).Main);
        Assert.Single(Run(Samples.ChannelNeverComes, MigrationStatus.Setup).Channels);
    }

    [Fact]
    public void Second_source_comes_while_the_first_is_loaded_and_is_refused()
    {
        RunObservation run = Run(Samples.SecondSource, MigrationStatus.Completed);
        Assert.Equal(["stranger/0"], run.Refused);
        Assert.True(run.Streams[1].Count >= 4);
    }

    // A manager may start the source too early: its connections are refused until somebody listens, and faults hit the one that is not.
    [Fact]
    public void Fault_hits_the_connection_of_a_source_that_came_early()
    {
        ScenarioOptions early = Samples.Reset with { Monitor = Samples.Reset.Monitor with { StartsAtNanoseconds = 30_000_000 } };
        RunObservation run = Run(early, MigrationStatus.Failed);
        Assert.True(run.SourceCameEarly);
        Assert.Contains(run.Damage, done => done is { Connection: "main", Damage.Kind: DamageKind.Reset });
    }

    public void Dispose() => _runner.Dispose();

    private RunObservation Run(ScenarioOptions scenario, MigrationStatus end)
    {
        RunResult result = _runner.Run(scenario);
        Assert.True(result.Verdict == Verdict.Passed, $"{result.Check}: {result.Message}");
        Assert.Equal(end, result.FinalStatus);
        return _runner.Observation;
    }
}
