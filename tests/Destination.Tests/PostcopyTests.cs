using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;
using Qemu.Migration.Destination.Qapi;
using Qemu.Migration.Destination.Session;
using Qemu.Migration.Wire;
using TestKit;
using static TestKit.PostcopyStreams;

namespace Destination.Tests;

/// <summary>The guest starts here before its memory: pages are asked for, placed once, and the source may go and come back.</summary>
public sealed partial class PostcopyTests : IDisposable
{
    private const int Page = 4096;

    // Only so that a hang ends the test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly PeerListener _listener = new();
    private TestKit.Destination? _destination;
    private Task _serving = Task.CompletedTask;

    private TestKit.Destination Guest => _destination!;

    private RamBlock Ram => Guest.Memory.Blocks[0];

    public void Dispose()
    {
        _destination?.Migration.PowerOff();
        _listener.Dispose();
        _destination?.Dispose();
    }

    [Theory]
    [InlineData(Delivery.Lent)]
    [InlineData(Delivery.Whole)]
    [InlineData(Delivery.ByteByByte)]
    public async Task Source_of_an_idle_guest_completes_and_is_answered_in_order(Delivery delivery)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine, With(), poison: 0xaa);
        ArrayChannel main = new(
            Precopy(3, 4).Discard(4).Switchover().Part(2, 1).Page(0x4000, Content(77), "ram").Eos().Footer(1)
                .Part(3, 1).Eos().Footer(1).End().ToArray(), delivery);

        await destination.LoadAsync(main);

        Assert.Null(destination.Migration.State.Error?.Message);
        Assert.Equal((MigrationStatus.Completed, RunState.Running), (destination.Status, destination.Guest.State));
        Assert.Equal(Convert.FromHexString("000200040000000100020004000000020002000400000003000200040000000400010004" + "00000000"), main.Answers);
        Assert.Equal(
            [
                "none -> setup", "setup -> active", "Pong 1", "Pong 2", "active -> postcopy-active", "Pong 3", "guest running", "Pong 4",
                "postcopy-active -> completed", "Shut 0",
            ],
            destination.Environment.Told);
        byte[] expected = new byte[CraftedStreams.RamBytes];
        Content(4).CopyTo(expected, 3 * Page);
        Content(77).CopyTo(expected, 4 * Page);
        Assert.Equal(expected, destination.Ram());
        var figures = destination.Statistics;
        Assert.Equal((3, 254, 1, 1, 0), (figures.NormalPages, figures.ZeroPages, figures.DiscardedPages, figures.PostcopyPages, figures.DroppedPages));
        Assert.Equal((256, 0, 256 * Page), (figures.UniquePages, figures.RemainingBytes, figures.TotalBytes));
        Assert.Equal(Page + 8 + 4 + 8, figures.PostcopyBytes);
        Assert.NotNull(figures.TotalTimeNanoseconds);
    }

    [Theory]
    [InlineData("running", RunState.Running)]
    [InlineData("paused", RunState.Running)]
    [InlineData("suspended", RunState.Suspended)]
    public async Task Guest_starts_whatever_it_did_at_the_source_but_one_that_sleeps(string migrated, RunState here)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine, With(), poison: 0xaa);
        StreamBuilder package = new StreamBuilder().Command(4).GlobalState(migrated).Command(5);

        await destination.LoadAsync(new ArrayChannel(
            Precopy(4).Discard(4).Package(package).Part(2, 1).Page(0x4000, Content(77), "ram").Eos().Footer(1).Part(3, 1).Eos().Footer(1).End().ToArray(),
            Delivery.Whole));

        Assert.Equal((MigrationStatus.Completed, here), (destination.Status, destination.Guest.State));
    }

    [Fact]
    public async Task Missing_page_is_asked_for_once_and_wakes_who_waits()
    {
        Touches touches = new(2, (0, 4), (0, 5), (1, 4));
        PeerChannel main = Start(touches, Precopy(3, 4, 5).Discard(4, 5).Switchover());
        await UntilAsync(() => Requests(main).Count == 1);

        // The other CPU waits for the same page, which is asked for once.
        main.Send(new StreamBuilder().Part(2, 1).Page(4 * Page, Content(44), "ram").ToArray());
        await UntilAsync(() => touches.Done.Contains((1, 4)) && Requests(main).Count == 2);
        Assert.Equal(["ram 0x4000 1000", "0x5000 1000"], Requests(main));
        Assert.Equal(2, Guest.Statistics.PostcopyRequests);
        main.Send(new StreamBuilder().Zero(5 * Page).Eos().Footer(1).End().ToArray());

        await EndAsync();
        await UntilAsync(() => touches.Done.Count == 3);
        Assert.Equal(MigrationStatus.Completed, Guest.Status);
    }

    [Fact]
    public async Task Page_that_is_there_is_never_written_again()
    {
        Touches touches = new(1, (0, 4)) { Write = 0x99 };
        PeerChannel main = Start(touches, Precopy(4).Discard(4).Switchover());
        await UntilAsync(() => Requests(main).Count == 1);
        main.Send(new StreamBuilder().Part(2, 1).Page(4 * Page, Content(44), "ram").ToArray());
        await UntilAsync(() => touches.Done.Count == 1);

        main.Send(new StreamBuilder().Page(4 * Page, Content(45)).Zero(4 * Page).Eos().Footer(1).End().ToArray());

        await EndAsync();
        byte[] expected = Content(44);
        expected[0] = 0x99;
        Assert.Equal(expected, Guest.Ram()[(4 * Page)..(5 * Page)]);
        Assert.Equal((MigrationStatus.Completed, 2, 3), (Guest.Status, Guest.Statistics.DroppedPages, Guest.Statistics.PostcopyPages));
    }

    [Fact]
    public async Task Lost_source_pauses_and_comes_back_twice()
    {
        Touches touches = new(1, (0, 5));
        PeerChannel first = Start(touches, Precopy(4, 5, 6).Discard(4, 5, 6).Switchover().Part(2, 1).Page(4 * Page, Content(5), "ram"));
        await UntilAsync(() => Requests(first).Count == 1 && first.IsRead);
        // Half a page leaves no trace.
        first.Send(new StreamBuilder().Page(5 * Page, Content(6)).ToArray()[..2000]);
        first.Close();
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        Guest.Environment.Time.NowNanoseconds += 7_000_000_000;

        PeerChannel second = Connect("second", new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).ToArray());
        await UntilAsync(() => second.Answers.Length > 8);
        Assert.Equal(MigrationStatus.PostcopyRecover, Guest.Status);
        second.Close();
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);

        PeerChannel third = Connect("third", new StreamBuilder().Command(10, 3, 0x72, 0x61, 0x6d).Command(9).ToArray());
        await UntilAsync(() => Requests(third).Count == 1);
        Assert.Equal(MigrationStatus.PostcopyActive, Guest.Status);
        byte[] bitmap = [.. Enumerable.Repeat((byte)0xff, 32)];
        bitmap[0] = 0x9f;
        byte[] expected = [0, 5, 0, 4, 3, 0x72, 0x61, 0x6d, 0, 0, 0, 0, 0, 0, 0, 32, .. bitmap, .. Convert.FromHexString("0123456789abcdef0006000400000001")];
        Assert.Equal(expected, third.Answers[..expected.Length]);
        Assert.Equal("ram 0x5000 1000", Requests(third)[0]);
        third.Send(new StreamBuilder().Part(2, 1).Page(5 * Page, Content(6), "ram").Page(6 * Page, Content(7)).Eos().Footer(1).End().ToArray());

        await EndAsync();
        Assert.Equal(Content(6), Guest.Ram()[(5 * Page)..(6 * Page)]);
        var figures = Guest.Statistics;
        Assert.Equal((2, 2, 7_000_000_000), (figures.Recoveries, figures.PostcopyRequests, figures.PausedTimeNanoseconds));
        Assert.Equal(
            [
                "postcopy-active -> postcopy-paused", "postcopy-paused -> postcopy-recover", "postcopy-recover -> postcopy-paused",
                "postcopy-paused -> postcopy-recover", "postcopy-recover -> postcopy-active", "postcopy-active -> completed",
            ],
            Guest.Environment.Told.FindAll(told => told.Contains(" -> postcopy", StringComparison.Ordinal) || told.Contains("-> completed", StringComparison.Ordinal))[1..]);
    }

    [Theory]
    [InlineData("section", StreamErrorCode.SectionWhileRunning)]
    [InlineData("part", StreamErrorCode.SectionWhileRunning)]
    [InlineData("continue", StreamErrorCode.UnknownSectionId)]
    [InlineData("package", StreamErrorCode.CommandInWrongState)]
    [InlineData("listen", StreamErrorCode.CommandInWrongState)]
    [InlineData("advise", StreamErrorCode.CommandInWrongState)]
    [InlineData("offset", StreamErrorCode.OffsetOutOfRange)]
    [InlineData("local", StreamErrorCode.BlockNotMigratable)]
    [InlineData("end", StreamErrorCode.Truncated)]
    public async Task Error_behind_run_pauses_and_the_guest_goes_on(string what, StreamErrorCode code)
    {
        StreamBuilder stream = Precopy(4).Discard(4).Switchover();
        stream = what switch
        {
            "section" => stream.Timer(),
            "part" => stream.Part(2, 3).Footer(3),
            "continue" => stream.Part(2, 77),
            "package" => stream.Package(PostcopyStreams.Guest()),
            "listen" => stream.Command(4),
            "advise" => stream.Advise(),
            "offset" => stream.Part(2, 1).Page((ulong)CraftedStreams.RamBytes, Content(1), "ram"),
            "local" => stream.Part(2, 1).Page(0, Content(1), "local"),
            _ => stream,
        };
        PeerChannel main = Start(null, stream);
        main.Close();

        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);

        Assert.Equal(code, Guest.Migration.State.PauseCause!.Code);
        Assert.Equal(RunState.Running, Guest.Guest.State);
        Assert.True(main.IsShutDown);
        Assert.DoesNotContain(Guest.Environment.Told, told => told.StartsWith("Shut", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stranger_does_not_recover()
    {
        PeerChannel main = Start(null, Precopy(4).Discard(4).Switchover());
        main.Close();
        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);

        PeerChannel stranger = Connect("stranger", "GET / HTTP/1.1"u8.ToArray());
        PeerChannel source = Connect("another source", CraftedStreams.Good());
        await UntilAsync(() => stranger.IsShutDown && source.IsShutDown);

        Assert.Equal(MigrationStatus.PostcopyPaused, Guest.Status);
        Assert.Contains("refused: it is no recovery", Guest.Environment.Told);
    }

    [Fact]
    public async Task Pause_on_demand_is_a_loss_of_the_source()
    {
        PeerChannel main = Start(null, Precopy(4).Discard(4).Switchover());
        await UntilAsync(() => Guest.Guest.State == RunState.Running);

        Assert.True(Guest.Migration.TryPause());

        await UntilAsync(() => Guest.Status == MigrationStatus.PostcopyPaused);
        Assert.True(main.IsShutDown);
        Assert.False(Guest.Migration.TryPause());
    }

    [Fact]
    public async Task Time_that_the_guest_waited_is_that_of_the_clock()
    {
        Touches touches = new(2, (0, 4), (1, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(4, 5).Switchover(), "postcopy-blocktime");
        await UntilAsync(() => Requests(main).Count == 2);

        Guest.Environment.Time.NowNanoseconds += 3_000_000;
        main.Send(new StreamBuilder().Part(2, 1).Page(4 * Page, Content(5), "ram").ToArray());
        await UntilAsync(() => touches.Done.Count == 1);
        Guest.Environment.Time.NowNanoseconds += 5_000_000;
        Assert.Null(MigrationInfo.From(Guest.Migration.State, []).PostcopyBlocktime);
        main.Send(new StreamBuilder().Page(5 * Page, Content(6)).Eos().Footer(1).End().ToArray());

        await EndAsync();
        MigrationInfo info = MigrationInfo.From(Guest.Migration.State, []);
        Assert.Equal(3, info.PostcopyBlocktime);
        Assert.Equal([3, 8], info.PostcopyVcpuBlocktime);
        Assert.Equal(5_500_000, info.PostcopyLatency);
        Assert.Equal([3_000_000, 8_000_000], info.PostcopyVcpuLatency);
        Assert.Equal(0, info.PostcopyNonVcpuLatency);
        // 3 ms lie between 2^11 and 2^12 us, 8 ms between 2^12 and 2^13.
        Assert.Equal([11, 12], info.PostcopyLatencyDist!.Index().Where(bucket => bucket.Item > 0).Select(bucket => bucket.Index));
        Assert.Equal((0, 0), (info.Recoveries, info.PausedTime));
    }

    [Fact]
    public async Task Touch_from_outside_asks_for_what_is_missing()
    {
        PeerChannel main = Start(null, Precopy(4, 5, 6).Discard(4, 6).Switchover());
        await UntilAsync(() => Guest.Guest.State == RunState.Running);

        Assert.Equal(2, Guest.Migration.Touch(Ram, 3, 5));
        Assert.Equal(1, Guest.Migration.Touch(Ram, 6, 1));

        Assert.Equal(["ram 0x4000 1000", "0x6000 1000"], Requests(main));
        main.Send(new StreamBuilder().Part(2, 1).Page(4 * Page, Content(5), "ram").Page(6 * Page, Content(6)).Eos().Footer(1).End().ToArray());
        await EndAsync();
        Assert.Equal(0, Guest.Migration.Touch(Ram, 0, 256));
    }

    [Fact]
    public async Task Stopped_guest_waits_and_one_that_is_switched_off_ends()
    {
        Touches touches = new(1, (0, 4), (0, 4), (0, 5));
        PeerChannel main = Start(touches, Precopy(4, 5).Discard(5).Switchover());
        await UntilAsync(() => Requests(main).Count == 1);

        Guest.Guest.Stop();
        main.Send(new StreamBuilder().Part(2, 1).Page(5 * Page, Content(6), "ram").ToArray());
        await UntilAsync(() => main.IsRead);
        await Task.Delay(20);
        Assert.Equal(2, touches.Done.Count);
        Guest.Migration.PowerOff();

        await touches.Ended.WaitAsync(Patience);
        Assert.Equal(2, touches.Done.Count);
    }

    private static MigrationCapabilities With(string? other = null)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("postcopy-ram", true);
        if (other is not null)
            capabilities.Set(other, true);
        return capabilities;
    }

    private PeerChannel Start(GuestProgram? program, StreamBuilder stream, string? capability = null, SessionLimits? limits = null)
    {
        RamBlockDescription local = new() { Name = "local", LengthBytes = 2 * Page, Migratable = false };
        _destination = new(
            CraftedStreams.Machine with { RamBlocks = [.. CraftedStreams.Machine.RamBlocks, local] }, With(capability), limits: limits);
        _destination.Environment.Program = program;
        _destination.Migration.TryBegin();
        _serving = Task.Run(() => _destination.Migration.ServeAsync(_listener));
        return Connect("main", stream.ToArray());
    }

    private PeerChannel Connect(string name, params byte[] bytes)
    {
        PeerChannel channel = new(name, bytes);
        _listener.Connect(channel);
        return channel;
    }

    private async Task EndAsync()
    {
        await Guest.Migration.Ended.WaitAsync(Patience);
        await _serving.WaitAsync(Patience);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource patience = new(Patience);
        while (!condition())
            await Task.Delay(1, patience.Token);
    }

    // "block start length" of each request that was sent.
    private static List<string> Requests(PeerChannel main)
    {
        List<string> requests = [];
        ReadOnlySpan<byte> answers = main.Answers;
        while (ReturnPathMessage.TryRead(answers, out ReturnPathMessage message, out int consumed) == DecodeStatus.Done)
        {
            answers = answers[consumed..];
            if (message.Type == ReturnPathMessageType.RecvBitmap)
            {
                RecoveryBitmap.TryRead(answers, out _, out consumed);
                answers = answers[consumed..];
            }
            if (message.Type is ReturnPathMessageType.RequestPages or ReturnPathMessageType.RequestPagesId)
                requests.Add($"{System.Text.Encoding.UTF8.GetString(message.Block)} 0x{message.Start:x} {message.Value:x}".Trim());
        }
        return requests;
    }

    /// <summary>CPUs that touch pages, each its own in order.</summary>
    private sealed class Touches(int vcpus, params (int Cpu, int Page)[] touches) : GuestProgram
    {
        private readonly List<(int Cpu, int Page)> _done = [];
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public byte? Write { get; init; }

        public Task Ended => _ended.Task;

        public List<(int Cpu, int Page)> Done
        {
            get
            {
                lock (_done)
                    return [.. _done];
            }
        }

        public override int VcpuCount => vcpus;

        public override async Task RunAsync(GuestCpu cpu)
        {
            foreach (var touch in touches.Where(touch => touch.Cpu == cpu.Index))
            {
                bool isThere = Write is { } value
                    ? await cpu.WriteAsync(cpu.Memory.Blocks[0], touch.Page * Page, new byte[] { value })
                    : await cpu.TouchAsync(cpu.Memory.Blocks[0], touch.Page);
                if (!isThere)
                    break;
                lock (_done)
                    _done.Add(touch);
            }
            _ended.TrySetResult();
        }
    }
}
