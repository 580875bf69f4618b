using Qemu.Migration.Wire;
using Simulation.Engine.Fabric;
using Simulation.Source.Guest;
using Simulation.Source.Postcopy;
using Simulation.Source.Precopy;

namespace Source.Tests;

/// <summary>Postcopy on the simulation's loop and network, with a destination that does only what it is told.</summary>
public class PostcopyRunTests
{
    private const string Block = PostcopyWorld.Block;

    private static readonly byte[] DiscardCommand = [(byte)SectionType.Command, 0, (byte)CommandType.PostcopyRamDiscard];

    private static readonly SourceOptions Options = new()
    {
        PostcopyRam = true, MaxBandwidth = 2 << 20, PostcopyStart = new(Bytes: 300_000),
    };

    private static readonly SourceOptions Slow = Options with { MaxPostcopyBandwidth = 1 << 20 };

    [Theory]
    [InlineData(PostcopyRelease.Qemu10)]
    [InlineData(PostcopyRelease.Qemu11)]
    public void Guest_goes_over_and_its_pages_follow(PostcopyRelease release)
    {
        using PostcopyWorld world = new(1, Options with { PostcopyRelease = release });
        SourceStatistics statistics = world.Run();
        world.AssertEqual();
        SourceStatus[] device = release == PostcopyRelease.Qemu11 ? [SourceStatus.PostcopyDevice] : [];
        Assert.Equal(
            [SourceStatus.Setup, SourceStatus.Active, SourceStatus.Device, .. device, SourceStatus.PostcopyActive, SourceStatus.Completed],
            world.Statuses);
        Assert.True(world.Peer.HasCompleted && !world.SourceRuns);
        Assert.True(statistics.PagesDiscarded > 0 && statistics.PostcopyBytes > 0);
        Assert.Equal(statistics.PagesDiscarded, world.Source.Log!.Events.Count(e => e.Kind == PageEventKind.Discarded));
        Assert.Equal(world.Peer.Arrived.Count, statistics.Normal + statistics.Duplicate);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(1_000_000, false)]
    public void Postcopy_starts_when_it_is_told_to(long rounds, bool isPostcopy)
    {
        using PostcopyWorld world = new(2, Options with { PostcopyStart = new(Rounds: rounds) });
        SourceStatistics statistics = world.Run();
        world.AssertEqual();
        Assert.Equal(isPostcopy, statistics.PackageBytes > 0);
        Assert.Equal(isPostcopy, world.Peer.HasRun);
    }

    [Fact]
    public void Many_holes_are_discarded_by_twelve()
    {
        using PostcopyWorld world = new(3, Options);
        world.Guest.Stop(0);
        using MigrationSource source = new(world.Guest, Simulation.Source.Savevm.SourceMachine.None(), Options with
        {
            MaxBandwidth = 0, PostcopyStart = new(Bytes: 10_000),
        });
        Simulation.Source.Hosting.StreamRecorder recorder = new()
        {
            OnStep = _ =>
            {
                for (int page = 0; page < PostcopyWorld.Pages; page += 2)
                    world.Guest.DirtyLog.Set(page);
            },
        };
        Assert.Equal(SourceStatus.Completed, recorder.Record(source).Status);
        Assert.Equal(PostcopyWorld.Pages / 2, source.Statistics.PagesDiscarded);
        int commands = recorder.Main.Span.Count(DiscardCommand);
        Assert.Equal(((PostcopyWorld.Pages / 2) + 11) / 12, commands);
    }

    [Fact]
    public void Page_that_is_asked_for_comes_next_and_the_push_goes_on_behind_it()
    {
        using PostcopyWorld world = new(4, Slow);
        int wanted = 400;
        world.Peer.OnRun = () => world.Peer.TouchAsync(Block, wanted);
        SourceStatistics statistics = world.Run();
        world.AssertEqual();
        List<(string Block, int Page, bool Urgent)> arrived = world.Peer.Arrived;
        int at = arrived.FindLastIndex(page => page.Block == Block && page.Page == wanted);
        Assert.NotEqual(wanted - 1, arrived[at - 1].Page);
        Assert.Equal((Block, wanted + 1, false), arrived[at + 1]);
        Assert.Equal(1, statistics.PostcopyRequests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pages_that_are_asked_for_have_a_channel_of_their_own(bool pre72)
    {
        using PostcopyWorld world = new(5, Slow with { PostcopyPreempt = true, PreemptPre72 = pre72 });
        int[] wanted = [500, 490, 480, 499];
        world.Peer.OnRun = async () =>
        {
            foreach (int page in wanted)
                await world.Peer.TouchAsync(Block, page);
        };
        world.Run();
        world.AssertEqual();
        Assert.Equal(wanted, world.Peer.Arrived.Where(page => page.Urgent).Select(page => page.Page));
        Assert.Equal(wanted, world.Source.Log!.Events.Where(e => e.Kind == PageEventKind.SentUrgently).Select(e => e.Page));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lost_connections_are_recovered_as_often_as_they_are_lost(bool preempt)
    {
        using PostcopyWorld world = new(6, Slow with { PostcopyPreempt = preempt });
        world.Peer.OnRun = () => world.Peer.TouchAsync(Block, 500);
        int cuts = 0;
        world.Source.OnStatus += status =>
        {
            if ((status == SourceStatus.PostcopyActive && cuts < 3) || (status == SourceStatus.PostcopyRecover && cuts == 1))
            {
                cuts++;
                long delay = status == SourceStatus.PostcopyRecover ? 300_000 : 30_000_000;
                world.Later(delay, () => world.Main.Reset());
            }
        };
        SourceStatistics statistics = world.Run();
        world.AssertEqual();
        Assert.Equal(SourceStatus.Completed, statistics.Status);
        Assert.Null(statistics.ErrorDescription);
        Assert.True(cuts >= 3 && statistics.Recoveries >= 2, $"{cuts} cuts, {statistics.Recoveries} recoveries");
        Assert.False(world.SourceRuns);
    }

    [Fact]
    public void Lost_preempt_channel_pauses_when_a_page_is_to_be_sent_on_it()
    {
        using PostcopyWorld world = new(15, Slow with { PostcopyPreempt = true });
        world.Peer.OnRun = () =>
        {
            world.Preempt!.Reset();
            return world.Peer.TouchAsync(Block, 500);
        };
        SourceStatistics statistics = world.Run();
        world.AssertEqual();
        Assert.Equal((SourceStatus.Completed, 1), (statistics.Status, statistics.Recoveries));
        Assert.Contains((Block, 500, true), world.Peer.Arrived);
    }

    /// <summary>A reset, or only one direction that ends.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(Direction.ClientToServer)]
    [InlineData(Direction.ServerToClient)]
    public void Cut_at_any_time_leaves_one_runner_at_most(Direction? direction)
    {
        HashSet<(SourceStatus, bool)> ends = [];
        for (int i = 0; i < 60; i++)
        {
            PostcopyRelease release = (PostcopyRelease)(i % 2);
            using PostcopyWorld world = new(
                7, Options with { PostcopyRelease = release, PostcopyStart = new(Bytes: 20_000) }, windowBytes: 128);
            world.OnPaused = world.Runner.GiveUp;
            long delay = i * 25_000L;
            world.Source.OnStatus += status =>
            {
                if (status == SourceStatus.Device)
                    world.Later(delay, () => Cut(world, direction));
            };
            SourceStatistics statistics = world.Run();
            ends.Add((statistics.Status, world.Peer.HasRun));
            Assert.False(world.SourceRuns && world.Peer.HasRun, $"cut after {delay} ns: both run");
            Assert.Equal(statistics.Status == SourceStatus.Failed, world.SourceRuns);
        }

        // Bytes that vanish on their way look sent: then nobody runs the guest, and neither side can know.
        (SourceStatus, bool) notArrived = direction == Direction.ClientToServer
            ? (SourceStatus.PostcopyPaused, false)
            : (SourceStatus.Failed, false);
        Assert.Contains(notArrived, ends);
        Assert.Contains((SourceStatus.PostcopyPaused, true), ends);
    }

    private static void Cut(PostcopyWorld world, Direction? direction)
    {
        if (direction is { } one)
            world.Main.Truncate(one);
        else
            world.Main.Reset();
    }

    [Theory]
    [InlineData(PostcopyRelease.Qemu10)]
    [InlineData(PostcopyRelease.Qemu11)]
    public void Guest_goes_on_here_where_the_destination_says_that_it_failed(PostcopyRelease release)
    {
        using PostcopyWorld world = new(8, Options with { PostcopyRelease = release });
        world.Peer.SilentPing = SwitchoverPing;
        world.Peer.OnRun = () => world.Peer.SendAsync(new(ReturnPathMessageType.Shut, 1));
        SourceStatistics statistics = world.Run();
        Assert.Equal(SourceStatus.Failed, statistics.Status);
        Assert.True(world.SourceRuns);
    }

    private const uint SwitchoverPing = 0x42;

    [Fact]
    public void Guest_stays_there_where_the_destination_says_so_after_it_has_loaded_the_package()
    {
        using PostcopyWorld world = new(9, Slow with { PostcopyRelease = PostcopyRelease.Qemu11 });
        world.OnPaused = world.Runner.GiveUp;
        world.Peer.OnRun = () => world.Peer.SendAsync(new(ReturnPathMessageType.Shut, 1));
        Assert.Equal(SourceStatus.PostcopyPaused, world.Run().Status);
        Assert.False(world.SourceRuns);
    }

    public static TheoryData<string, byte[]> Nonsense => new()
    {
        { "no type", [0, 0, 0, 0] },
        { "type 8", [0, 8, 0, 0] },
        { "a length of 513", [0, 3, 2, 1] },
        { "a PONG of 3 bytes", [0, 2, 0, 3, 0, 0, 1] },
        { "an unknown block", [0, 3, 0, 15, .. new byte[8], 0, 0, 16, 0, 2, (byte)'x', (byte)'y'] },
        { "half a page", [0, 3, 0, 15, .. new byte[6], 8, 0, 0, 0, 16, 0, 2, (byte)'m', (byte)'0'] },
        { "beyond the block", [0, 3, 0, 15, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 2, (byte)'m', (byte)'0'] },
        { "over the block's end", [0, 3, 0, 15, .. new byte[6], 0x20, 0, 0, 0, 0x20, 0, 2, (byte)'m', (byte)'1'] },
        { "a page of no block", [0, 4, 0, 12, .. new byte[8], 0, 0, 16, 0] },
        { "a bitmap", [0, 5, 0, 3, 2, (byte)'m', (byte)'0'] },
        { "a resume", [0, 6, 0, 4, 0, 0, 0, 1] },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_on_the_return_path_pauses_postcopy(string what, byte[] message)
    {
        using PostcopyWorld world = new(10, Slow);
        string? error = null;
        world.OnPaused = () =>
        {
            error = world.Source.Statistics.ErrorDescription;
            world.Peer.OnRun = null;
            world.Recover();
        };
        world.Peer.OnRun = () => world.Peer.WriteAsync(message);
        SourceStatistics statistics = world.Run();
        Assert.True(error is not null, what);
        Assert.Equal((SourceStatus.Completed, 1), (statistics.Status, statistics.Recoveries));
        world.AssertEqual();
    }

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Nonsense_on_the_return_path_fails_precopy(string what, byte[] message)
    {
        using PostcopyWorld world = new(11, Options with { PostcopyStart = default, MaxBandwidth = 1 << 20 });
        world.Later(100_000_000, () => world.Loop.Spawn("nonsense", () => world.Peer.WriteAsync(message)));
        SourceStatistics statistics = world.Run();
        Assert.True(statistics.Status == SourceStatus.Failed, what);
        Assert.True(world.SourceRuns);
    }

    [Fact]
    public void Preempt_channel_that_cannot_be_made_fails_the_migration_before_the_guest_is_stopped()
    {
        using PostcopyWorld world = new(12, Options with { PostcopyPreempt = true });
        world.PreemptRefused = new IOException("nobody listens");
        SourceStatistics statistics = world.Run();
        Assert.Equal((SourceStatus.Failed, "nobody listens"), (statistics.Status, statistics.ErrorDescription));
        Assert.True(world.SourceRuns && !world.Peer.HasRun);
        Assert.DoesNotContain(SourceStatus.Device, world.Statuses);
    }

    [Fact]
    public void Manager_pauses_and_recovers_only_where_it_makes_sense()
    {
        using PostcopyWorld world = new(13, Slow);
        List<(SourceStatus Status, bool Paused, bool Recovers)> tries = [];
        world.OnPaused = () =>
        {
            tries.Add((world.Source.Status, world.Runner.TryPause(), false));
            world.Recover();
        };
        world.Later(1_000_000, () => tries.Add((world.Source.Status, world.Runner.TryPause(), world.Source.TryBeginRecovery())));
        world.Peer.OnRun = () =>
        {
            world.Later(20_000_000,
                () => tries.Add((world.Source.Status, world.Runner.TryPause(), world.Source.TryBeginRecovery())));
            return Task.CompletedTask;
        };
        world.Run();
        world.AssertEqual();
        Assert.Equal(
            [(SourceStatus.Active, false, false), (SourceStatus.PostcopyActive, true, false), (SourceStatus.PostcopyPaused, false, false)],
            tries);
    }

    [Fact]
    public void Same_seed_is_the_same_run()
    {
        PageEvent[][] events = [.. Enumerable.Range(0, 2).Select(_ =>
        {
            using PostcopyWorld world = new(14, Slow with { PostcopyPreempt = true });
            world.Peer.OnRun = () => world.Peer.TouchAsync(Block, 333);
            world.Run();
            return world.Source.Log!.Events.ToArray();
        })];
        Assert.Equal(events[0], events[1]);
    }
}
