using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Statistics;
using TestKit;

namespace Destination.Tests;

/// <summary>Timing and counters as section 8 of the stream reference wants them, and as the posted patch does not have them.</summary>
public sealed class StatisticsTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public async Task Times_run_from_setup_and_from_active_on_the_monotonic_clock()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        ManualTime time = destination.Environment.Time;
        Assert.True(destination.Migration.TryBegin());
        time.NowNanoseconds += 7 * Millisecond;
        long active = time.NowNanoseconds;
        destination.Environment.AtPoint = site =>
        {
            time.Wall += TimeSpan.FromDays(1);
            if (site == "statistics/store")
                time.NowNanoseconds += 3 * Millisecond;
        };
        SlowChannel channel = new(CraftedStreams.Good(), () => time.NowNanoseconds += 20 * Millisecond);

        await destination.Migration.AttachAsync(channel);
        time.NowNanoseconds += 1000 * Millisecond;

        MigrationStatistics figures = destination.Statistics;
        Assert.Equal(7, figures.SetupTimeMilliseconds);
        Assert.Equal(active, figures.StartTimeNanoseconds);
        Assert.Equal(channel.Reads * 20 * Millisecond, figures.TotalTimeNanoseconds);
        Assert.Same(figures, destination.Statistics);
    }

    [Fact]
    public async Task Figures_are_stored_before_the_terminal_status_is_visible()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        List<(string Site, MigrationStatus Status, long? Total)> seen = [];
        destination.Environment.AtPoint = site =>
        {
            var (status, figures) = destination.Migration.State.Snapshot();
            seen.Add((site, status, figures.TotalTimeNanoseconds));
            destination.Environment.Time.NowNanoseconds += Millisecond;
        };

        await destination.LoadAsync(CraftedStreams.Good());

        Assert.Contains(seen, s => s.Site == "statistics/store");
        Assert.Contains(seen, s => s.Site == "status/publish");
        Assert.All(seen, s => Assert.Equal(MigrationStatus.Active, s.Status));
        // Between the figures and the status, a look already shows the final ones: a figure never goes back.
        Assert.Equal(destination.Statistics.TotalTimeNanoseconds, seen.Single(s => s.Site == "status/publish").Total);
        Assert.Equal(MigrationStatus.Completed, destination.Status);
    }

    [Fact]
    public async Task Failed_migration_keeps_its_figures()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        byte[] good = CraftedStreams.Good();

        await destination.LoadAsync(good[..(good.Length / 2)]);

        MigrationStatistics figures = destination.Statistics;
        Assert.Equal(MigrationStatus.Failed, destination.Status);
        Assert.Equal((1, 1, 1), (figures.NormalPages, figures.ZeroPages, figures.XbzrlePages));
        Assert.Equal(0, figures.TotalTimeNanoseconds);
        Assert.Equal(CraftedStreams.RamBytes - 2 * 4096, figures.RemainingBytes);
    }

    [Fact]
    public async Task Figures_are_live_while_loading()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        byte[] stream = CraftedStreams.Good();
        List<MigrationStatistics> live = [];
        SlowChannel channel = new(stream, () => live.Add(destination.Statistics)) { ChunkBytes = 100 };
        destination.Migration.TryBegin();

        await destination.Migration.AttachAsync(channel);

        for (int i = 1; i < live.Count; i++)
        {
            Assert.True(live[i].TransferredBytes >= live[i - 1].TransferredBytes);
            Assert.True(live[i].NormalPages >= live[i - 1].NormalPages);
            Assert.True(live[i].RemainingBytes <= live[i - 1].RemainingBytes);
        }
        Assert.Contains(live, s => s is { ZeroPages: 1, NormalPages: 0 });
        Assert.Contains(live, s => s is { NormalPages: 1, XbzrlePages: 1 });
        Assert.Equal(CraftedStreams.RamBytes, live[^1].TotalBytes);
    }

    [Fact]
    public async Task Same_page_twice_counts_twice_on_the_wire_and_once_as_unique()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        await destination.LoadAsync(new StreamBuilder().Header().Configuration().RamStart()
            .Zero(0, "ram").Zero(0).Page(0, new byte[4096]).Eos().Footer(1).End().ToArray());

        MigrationStatistics figures = destination.Statistics;
        Assert.Equal((2, 1, 1), (figures.ZeroPages, figures.NormalPages, figures.UniquePages));
        Assert.Equal(figures.TotalBytes - 4096, figures.RemainingBytes);
    }

    [Fact]
    public async Task Clock_of_any_frequency_gives_nanoseconds()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        ManualTime time = destination.Environment.Time;
        time.Frequency = 10_000_000;
        destination.Migration.TryBegin();
        time.NowNanoseconds += 7 * Millisecond;
        SlowChannel channel = new(CraftedStreams.Good(), () => time.NowNanoseconds += 100);

        await destination.Migration.AttachAsync(channel);

        MigrationStatistics figures = destination.Statistics;
        Assert.Equal((7, 5_007_000_000), (figures.SetupTimeMilliseconds, figures.StartTimeNanoseconds));
        Assert.Equal(channel.Reads * 100, figures.TotalTimeNanoseconds);
    }

    // A read brings more than a record needs, so that each is followed by a look at the figures and a sample of them. Samples that come
    // within a tenth of a second are dropped, but for the last one before a pause: the rates are those since the last one that is a
    // second old. In a pause the counters stand still, so that it is cut to a second.
    [Theory]
    [InlineData(100)]
    [InlineData(150)]
    [InlineData(30)]
    public async Task Rates_are_those_of_the_last_second_and_at_the_end_those_of_all(int millisecondsARead)
    {
        MachineProfile machine = MachineProfile.None(new RamBlockDescription { Name = "ram", LengthBytes = 1 << 20 }) with { PageSizeBytes = 1024 };
        using TestKit.Destination destination = new(machine);
        ManualTime time = destination.Environment.Time;
        StreamBuilder stream = new StreamBuilder().Header().Configuration().RamStart().Zero(0, "ram");
        for (ulong page = 0; page < 60; page++)
            stream.Page(1024 * page, new byte[1024]).Zero(1024 * page).Delta(1024 * page, [0, 2, 1, 1]);
        List<(long Time, long Bytes, long Pages)> looked = [];
        List<(long Time, long Bytes, long Pages)> samples = [];
        int looks = 0;
        SlowChannel channel = new(stream.Eos().Footer(1).End().ToArray(), () =>
        {
            MigrationStatistics live = destination.Statistics;
            (long Time, long Bytes, long Pages) now = Received(live);
            looked.Add(looked.Count == 0 ? (now.Time, 0, 0) : now);
            if (samples.Count == 0 || now.Time - samples[^1].Time >= 100 * Millisecond)
                samples.Add(looked[^1]);
            bool hasPauses = millisecondsARead >= 100;
            List<(long Time, long Bytes, long Pages)> kept = hasPauses ? looked : samples;
            var begin = kept[Math.Max(0, kept.FindLastIndex(look => now.Time - look.Time >= 1000 * Millisecond))];
            long elapsed = hasPauses ? Math.Min(now.Time - begin.Time, 1000 * Millisecond) : now.Time - begin.Time;
            // Behind the last record comes no further sample.
            if (now.Pages < 181)
                Assert.Equal(Over(elapsed, now.Bytes - begin.Bytes, now.Pages - begin.Pages), (live.Mbps, live.PagesPerSecond));
            looks++;
            time.NowNanoseconds += millisecondsARead * Millisecond;
        })
        {
            ChunkBytes = 1200,
        };
        destination.Migration.TryBegin();

        await destination.Migration.AttachAsync(channel);

        MigrationStatistics final = destination.Statistics;
        var (_, bytes, pages) = Received(final);
        Assert.Equal((MigrationStatus.Completed, 181), (destination.Status, pages));
        Assert.True(looks > 40);
        Assert.Equal(Over(looks * millisecondsARead * Millisecond, bytes, pages), (final.Mbps, final.PagesPerSecond));

        (long, long, long) Received(MigrationStatistics figures) =>
            (time.NowNanoseconds, figures.TransferredBytes, figures.NormalPages + figures.ZeroPages + figures.XbzrlePages);
    }

    private static (double Mbps, double PagesPerSecond) Over(long nanoseconds, long bytes, long pages) =>
        nanoseconds == 0 ? (0, 0) : (bytes * 8e3 / nanoseconds, pages * 1e9 / nanoseconds);

    [Fact]
    public void Before_anything_there_are_no_times()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        Assert.Null(destination.Statistics.TotalTimeNanoseconds);
        Assert.Equal(MigrationStatus.None, destination.Status);
    }

    private sealed class SlowChannel(byte[] bytes, Action beforeRead) : Qemu.Migration.Destination.Hosting.MigrationChannel
    {
        private int _at;

        public int ChunkBytes { get; init; } = 1000;

        public int Reads { get; private set; }

        public override string Name => "slow";

        public override ValueTask<int> ReadAsync(Memory<byte> buffer)
        {
            beforeRead();
            Reads++;
            int count = Math.Min(Math.Min(ChunkBytes, buffer.Length), bytes.Length - _at);
            bytes.AsMemory(_at, count).CopyTo(buffer);
            _at += count;
            return ValueTask.FromResult(count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => ValueTask.CompletedTask;

        public override void Shutdown()
        {
        }
    }
}
