using Processes;
using Simulation.Source.Guest;
using Simulation.Source.Hosting;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;
using Simulation.Source.Savevm;
using TestKit;

namespace Source.Tests;

/// <summary>A real QEMU takes a guest from the simulated source before its pages, asks for them, and loses the connection in between.</summary>
public class QemuPostcopyTests
{
    private const long RamBytes = 8 << 20;

    // The guest of the recordings writes no page from here on.
    private const int EndWritten = 0x500000;

    // So slow that a recovery or a request comes in between.
    private const long SlowBandwidth = 4 << 20;

    [SkippableTheory]
    [EachQemu(PostcopyRelease.Qemu10, false, false)]
    [EachQemu(PostcopyRelease.Qemu11, false, false)]
    [EachQemu(PostcopyRelease.Qemu10, true, false)]
    [EachQemu(PostcopyRelease.Qemu11, true, false)]
    [EachQemu(PostcopyRelease.Qemu10, true, true)]
    public async Task Real_destination_has_equal_ram(string version, PostcopyRelease release, bool preempt, bool pre72)
    {
        SourceOptions options = new()
        {
            PostcopyRam = true, PostcopyPreempt = preempt, PreemptPre72 = pre72, PostcopyRelease = release,
            MaxBandwidth = 40 << 20, PostcopyStart = new(Bytes: RamBytes / 4), DowntimeLimit = 0,
        };
        await using Migration migration = await Migration.StartAsync(
            version, options, pre72 ? "-global migration.x-preempt-pre-7-2=on" : "");
        SourceStatistics statistics = await migration.RunToEndAsync();
        await migration.AssertEqualAsync(statistics);
        Assert.True(statistics.PostcopyBytes > 0, "no page was left for postcopy");
        Assert.True(statistics.PagesDiscarded > 0, "no page was sent twice");
    }

    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public async Task Real_destination_recovers_twice(string version, bool preempt)
    {
        SourceOptions options = new()
        {
            PostcopyRam = true, PostcopyPreempt = preempt, MaxPostcopyBandwidth = SlowBandwidth, PostcopyStart = new(Nanoseconds: 0),
        };
        await using Migration migration = await Migration.StartAsync(version, options);
        Task<SourceStatistics> run = migration.RunAsync();
        for (int i = 1; i <= 2; i++)
        {
            await migration.WaitForAsync(SourceStatus.PostcopyActive);
            await migration.Qemu.WaitForAsync("postcopy-active");
            await Task.Delay(200);
            Assert.True(await migration.PauseAsync(), $"the migration could not be paused for the {i}. time");
            await migration.WaitForAsync(SourceStatus.PostcopyPaused);
            await migration.Qemu.WaitForAsync("postcopy-paused");
            await migration.Qemu.RecoverAsync();
            Assert.True(await migration.RecoverAsync(), "there was no paused migration");
        }

        SourceStatistics statistics = await run;
        await migration.AssertEqualAsync(statistics);
        Assert.Equal(2, statistics.Recoveries);
    }

    [SkippableTheory]
    [EachQemu(2, ZeroPageDetection.Multifd, From = 11)]
    [EachQemu(4, ZeroPageDetection.Legacy, From = 11)]
    public async Task Real_destination_has_equal_ram_after_multifd(string version, int channels, ZeroPageDetection detection)
    {
        SourceOptions options = new()
        {
            PostcopyRam = true, PostcopyRelease = PostcopyRelease.Qemu11, Multifd = true, MultifdChannels = channels,
            ZeroPageDetection = detection, MaxBandwidth = 40 << 20, PostcopyStart = new(Bytes: RamBytes / 4), DowntimeLimit = 0,
        };
        await using Migration migration = await Migration.StartAsync(version, options);
        SourceStatistics statistics = await migration.RunToEndAsync();
        await migration.AssertEqualAsync(statistics);
        Assert.True(statistics.PostcopyBytes > 0, "no page was left for postcopy");
    }

    [SkippableTheory]
    [EachQemu(true, false)]
    [EachQemu(true, true)]
    [EachQemu(false, true)]
    public async Task Real_destination_takes_a_precopy_that_was_allowed_to_be_postcopy(string version, bool ram, bool bitmaps)
    {
        SourceOptions options = new() { PostcopyRam = ram, DirtyBitmaps = bitmaps };
        await using Migration migration = await Migration.StartAsync(version, options);
        SourceStatistics statistics = await migration.RunToEndAsync();
        await migration.AssertEqualAsync(statistics);
        Assert.Equal(0, statistics.PackageBytes);
    }

    /// <summary>The guest of a recording runs at the destination and touches pages that are not there yet.</summary>
    [SkippableTheory]
    [EachQemu(false)]
    [EachQemu(true)]
    public async Task Real_guest_gets_the_pages_that_it_touches(string version, bool preempt)
    {
        RecordedPostcopy recorded = RecordedPostcopy.Of(Capture.Open("pc-postcopy").Read("ch0.fwd"));
        GuestModel guest = recorded.Guest();
        foreach (RecordedPart part in recorded.Parts)
            RecordedPostcopy.Apply(part, guest);
        SourceOptions options = new()
        {
            PostcopyRam = true, PostcopyPreempt = preempt, MaxPostcopyBandwidth = SlowBandwidth, PostcopyStart = new(Nanoseconds: 0),
        };
        await using Migration migration = await Migration.StartAsync(version, guest, recorded.Machine, options,
            $"-M {recorded.Machine.Name} -m {RamBytes / 1024}K -accel tcg -serial null "
            + "-drive if=none,id=d0,file={folder}/ram,format=raw,snapshot=on -device ide-hd,drive=d0,secs=1,cyls=63,heads=1");
        SourceStatistics statistics = await migration.RunToEndAsync();
        Assert.Null(statistics.ErrorDescription);
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Equal("completed", await migration.Qemu.EndAsync(QemuDestination.LongPatience));
        Assert.True(statistics.PostcopyRequests > 0, "the guest touched nothing that was missing");
        await migration.Qemu.StopAsync();
        byte[] there = await migration.Qemu.PhysicalRamAsync(RamBytes);
        byte[] here = new byte[RamBytes];
        guest.Ram.CopyTo(guest.Ram.Blocks[0], here);
        ByteExactTests.AssertSame(here.AsSpan(EndWritten), there.AsSpan(EndWritten));
    }
}
