using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Wire;
using TestKit;
using static TestKit.PostcopyStreams;

namespace Destination.Tests;

/// <content>The connections beside main: the one for urgent pages, and multifd channels.</content>
public sealed partial class PostcopyTests
{
    [Fact]
    public async Task Urgent_page_comes_on_a_channel_of_its_own_also_behind_main()
    {
        Touches touches = new(1, (0, 4), (0, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(4, 5).Switchover(), "postcopy-preempt");
        PeerChannel preempt = Connect("preempt");
        PeerChannel stranger = Connect("stranger", "GET / HTTP/1.1"u8.ToArray());
        await UntilAsync(() => Requests(main).Count == 1 && stranger.IsShutDown);
        preempt.Send(new StreamBuilder().Page(4 * Page, Content(5), "ram").ToArray());
        await UntilAsync(() => Requests(main).Count == 2);

        // Main says that it has sent everything; what the guest waits for is still on its way.
        main.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
        await UntilAsync(() => main.IsRead);
        Assert.Equal(MigrationStatus.PostcopyActive, Guest.Status);
        preempt.Send(new StreamBuilder().Page(5 * Page, Content(6)).ToArray());

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
        Assert.Equal(Content(6), Guest.Ram()[(5 * Page)..(6 * Page)]);
        Assert.Equal((2, 2), (Guest.Statistics.UrgentPages, Guest.Statistics.PostcopyPages));
        Assert.Equal((2 * (Page + 8)) + 4, Guest.Statistics.PostcopyBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lost_channel_for_urgent_pages_pauses(bool mainHasEnded)
    {
        Touches touches = new(1, (0, 4), (0, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(4, 5).Switchover(), "postcopy-preempt");
        PeerChannel preempt = Connect("preempt");
        await UntilAsync(() => Requests(main).Count == 1);
        preempt.Send(new StreamBuilder().Page(4 * Page, Content(5), "ram").ToArray());
        await UntilAsync(() => Requests(main).Count == 2);
        if (mainHasEnded)
        {
            main.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
            await UntilAsync(() => main.IsRead);
        }

        preempt.Close();

        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        Assert.Equal("preempt", Guest.Migration.State.PauseCause!.Channel);
        PeerChannel again = Connect("again", new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).Command(9).ToArray());
        await UntilAsync(() => Requests(again).Count == 1);
        Connect("preempt again", new StreamBuilder().Page(5 * Page, Content(6), "ram").ToArray());
        again.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
    }

    [Fact]
    public async Task Page_that_the_guest_waited_for_when_it_was_switched_off_is_still_missing()
    {
        Touches touches = new(1, (0, 4), (0, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(4, 5).Switchover(), "postcopy-preempt");
        PeerChannel preempt = Connect("preempt");
        await UntilAsync(() => Requests(main).Count == 1);
        preempt.Send(new StreamBuilder().Page(4 * Page, Content(5), "ram").ToArray());
        await UntilAsync(() => Requests(main).Count == 2);
        main.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
        await UntilAsync(() => main.IsRead);

        Guest.Migration.PowerOff();
        await touches.Ended.WaitAsync(Patience);
        preempt.Close();

        await UntilAsync(() => Guest.Status is MigrationStatus.PostcopyPaused or MigrationStatus.Completed);
        Assert.Equal(MigrationStatus.PostcopyPaused, Guest.Status);
        Assert.False(Ram.Received[5]);
    }

    [Fact]
    public async Task Strangers_do_not_take_the_place_of_a_channel_for_urgent_pages_that_has_said_nothing_yet()
    {
        Touches touches = new(1, (0, 4));
        PeerChannel main = Start(touches, Precopy(4).Discard(4), "postcopy-preempt", new() { Connections = 3 });
        await UntilAsync(() => Guest.Status == MigrationStatus.Active);
        PeerChannel preempt = Connect("preempt");
        main.Send(new StreamBuilder().Switchover().ToArray());
        await UntilAsync(() => Requests(main).Count == 1);

        PeerChannel[] strangers = [.. Enumerable.Range(0, 4).Select(i => Connect($"stranger {i}"))];
        await UntilAsync(() => strangers.Count(stranger => stranger.IsShutDown) == 3);

        Assert.False(preempt.IsShutDown);
        preempt.Send(new StreamBuilder().Page(4 * Page, Content(5), "ram").ToArray());
        main.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
        await EndAsync();
        Assert.Equal((MigrationStatus.Completed, 1), (Guest.Status, Guest.Statistics.UrgentPages));
    }

    [Fact]
    public async Task Who_comes_back_and_does_not_resume_leaves_its_place_to_the_source()
    {
        PeerChannel main = Start(null, Precopy(4).Discard(4).Switchover());
        await UntilAsync(() => Guest.Guest.State == RunState.Running);
        main.Close();
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        byte[] bitmap = new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).ToArray();
        PeerChannel silent = Connect("silent", bitmap);
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyRecover);
        PeerChannel early = Connect("early", bitmap);
        await UntilAsync(() => early.IsShutDown);

        for (int i = 0; i < 5 * 60 && !silent.IsShutDown; i++)
        {
            await Guest.Environment.Time.PassAsync(TimeSpan.FromMilliseconds(200));
            await Task.Delay(1);
        }

        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        Assert.Equal(
            ["refused: the migration has its connections already", "refused: it did not resume within 60 s"],
            Guest.Environment.Told.FindAll(told => told.StartsWith("refused", StringComparison.Ordinal)));
        Connect("source", [.. bitmap, .. new StreamBuilder().Command(9)
            .Part(3, 1).Page(4 * Page, Content(5), "ram").Eos().Footer(1).End().ToArray()]);
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
    }

    [Fact]
    public async Task Channel_for_urgent_pages_of_a_source_that_is_lost_is_none_of_the_one_that_comes_back()
    {
        Touches touches = new(1, (0, 4), (0, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(4, 5).Switchover(), "postcopy-preempt");
        PeerChannel silent = Connect("preempt");
        await UntilAsync(() => Requests(main).Count == 1);
        main.Close();
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        PeerChannel again = Connect("again", new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).Command(9).ToArray());
        await UntilAsync(() => Requests(again).Count == 1);

        // What was under way on it arrives now, of a page that the source may have sent again.
        silent.Send(new StreamBuilder().Page(4 * Page, Content(9), "ram").ToArray());
        await UntilAsync(() => silent.IsShutDown);
        Connect("preempt again", new StreamBuilder().Page(4 * Page, Content(5), "ram").Page(5 * Page, Content(6)).ToArray());
        again.Send(new StreamBuilder().Part(3, 1).Eos().Footer(1).End().ToArray());
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
        Assert.Equal(Content(5), Guest.Ram()[(4 * Page)..(5 * Page)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Multifd_channel_brings_pages_before_postcopy_only(bool bringsMore)
    {
        MigrationParameters parameters = new();
        parameters.TrySet("multifd-channels", "1");
        _destination = new(CraftedStreams.Machine, With("multifd"), parameters: parameters);
        _destination.Migration.TryBegin();
        _serving = Task.Run(() => _destination.Migration.ServeAsync(_listener));
        PeerChannel main = Connect("main", PostcopyStreams.Opening.RamStart().MemSize(("ram", CraftedStreams.RamBytes)).U64(RamFlags.MultifdFlush)
            .Eos().Footer(1).Command(11).Discard(7).Switchover().ToArray());
        PeerChannel channel = Connect("channel", [.. MultifdStreams.Initial(0), .. MultifdStreams.Packet(normal: [3 * Page], payload: Content(4)), .. MultifdStreams.Sync()]);
        await UntilAsync(() => Guest.Guest.State == RunState.Running);

        if (bringsMore)
        {
            channel.Send(MultifdStreams.Packet(normal: [3 * Page], payload: Content(9)));
            await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
            Assert.Equal(StreamErrorCode.MultifdPagesInPostcopy, Guest.Migration.State.PauseCause!.Code);
        }
        else
        {
            main.Send(new StreamBuilder().Part(3, 1).Page(7 * Page, Content(8), "ram").Eos().Footer(1).End().ToArray());
            await EndAsync();
            Assert.Equal(Content(8), Guest.Ram()[(7 * Page)..(8 * Page)]);
        }
        Assert.Equal(Content(4), Guest.Ram()[(3 * Page)..(4 * Page)]);
    }

    // The source has sent its guest: only a destination that takes it can be recovered.
    [Fact]
    public async Task Guest_starts_and_is_recovered_where_the_source_and_its_channel_are_lost_around_the_package()
    {
        PeerChannel main = Start(null, Precopy(4).Discard(4), "postcopy-preempt");
        await UntilAsync(() => Guest.Status == MigrationStatus.Active);
        PeerChannel preempt = Connect("preempt");
        preempt.Close();
        await UntilAsync(() => Guest.Environment.Told.Exists(line => line.StartsWith("refused", StringComparison.Ordinal)));
        main.Send(new StreamBuilder().Switchover().ToArray());
        main.Close();

        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        Assert.Equal(RunState.Running, Guest.Guest.State);
        Connect("again", new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).Command(9)
            .Part(3, 1).Page(4 * Page, Content(5), "ram").Eos().Footer(1).End().ToArray());
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
    }

    [Fact]
    public async Task Channel_for_urgent_pages_that_does_not_come_fails_the_migration()
    {
        Start(null, Precopy(4).Discard(4).Switchover(), "postcopy-preempt");
        await UntilAsync(() => Guest.Environment.Told.Contains("Pong 2"));
        while (Guest.Status == MigrationStatus.Active)
        {
            await Guest.Environment.Time.PassAsync(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        await EndAsync();
        Assert.Equal((MigrationStatus.Failed, StreamErrorCode.PreemptChannelMissing), (Guest.Status, Guest.Migration.State.Error!.Code));
        Assert.Equal(RunState.InMigrate, Guest.Guest.State);
    }

    [Fact]
    public async Task Package_waits_for_the_channel_for_urgent_pages()
    {
        PeerChannel main = Start(null, Precopy(4).Discard(4).Switchover().Part(2, 1).Page(4 * Page, Content(5), "ram").Eos().Footer(1).End(), "postcopy-preempt");
        await UntilAsync(() => Guest.Environment.Told.Contains("Pong 2"));
        await Task.Delay(20);
        Assert.Equal(MigrationStatus.Active, Guest.Status);

        Connect("preempt");

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
    }
}
