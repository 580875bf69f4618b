using System.Diagnostics;
using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Session;
using TestKit;
using static TestKit.MultifdStreams;

namespace Destination.Tests;

/// <summary>Nobody but the source decides whether the source gets in: idle clients, dead sources and surplus connections cost nothing
/// but their own place.</summary>
public sealed partial class SessionTests : IDisposable
{
    private const int Channels = 2;

    // Only so that a hang ends the test.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private PeerListener _listener = new();
    private TestKit.Destination? _destination;
    private Task _serving = Task.CompletedTask;

    private List<string> Refusals =>
        _destination!.Environment.Told.FindAll(told => told.StartsWith("refused", StringComparison.Ordinal));

    public void Dispose()
    {
        _listener.Dispose();
        _destination?.Dispose();
    }

    [Fact]
    public async Task Oldest_idle_connection_makes_room_for_the_source()
    {
        Serve(new() { Connections = 4 });
        PeerChannel[] idle = [.. Enumerable.Range(0, 6).Select(i => Connect($"idle {i}"))];
        await UntilAsync(() => Refusals.Count == 2);

        ConnectSource();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.True(idle[0].IsShutDown && idle[1].IsShutDown);
    }

    [Fact]
    public async Task Silent_connection_has_its_time_and_is_refused_once()
    {
        Serve();
        PeerChannel silent = Connect("silent", (byte)'Q', (byte)'E');

        await PassAsync(29);
        Assert.False(silent.IsShutDown);
        await PassUntilAsync(() => silent.IsShutDown);

        Assert.Equal(["refused: it has not said what it is within 30 s"], Refusals);
        Assert.Equal(MigrationStatus.Setup, _destination!.Status);
    }

    [Fact]
    public async Task Source_that_dies_before_its_channels_are_there_leaves_its_place_to_the_next()
    {
        Serve();
        PeerChannel main = Connect("main", Main()[..40]);
        PeerChannel channel = Connect("channel", Initial(0));
        await UntilAsync(() => main.IsRead && channel.IsRead);

        main.Close();
        channel.Close();
        await PassUntilAsync(() => main.IsShutDown && channel.IsShutDown);
        ConnectSource();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.Equal(2, Refusals.Count);
    }

    [Fact]
    public async Task Next_source_that_comes_before_the_death_is_noticed_takes_the_place()
    {
        Serve();
        PeerChannel main = Connect("main", Main()[..40]);
        await UntilAsync(() => main.IsRead);
        main.Close();

        ConnectSource();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.Equal(["refused: the source has gone, and another has come"], Refusals);
    }

    // Each connection is looked at by a task of its own: a channel may have said what it is before the main channel that came first has.
    [Fact]
    public async Task Channel_of_the_next_source_that_speaks_before_its_main_channel_is_not_lost_with_the_dead_source()
    {
        Serve();
        PeerChannel dead = Connect("dead", Main()[..40]);
        await UntilAsync(() => dead.IsRead);
        dead.Close();
        PeerChannel main = Connect("main");
        PeerChannel channel = Connect("channel 0", [.. Initial(0), .. Sync()]);
        await UntilAsync(() => channel.IsRead);

        main.Send(Main());
        Connect("channel 1", [.. Initial(1), .. Sync()]);

        await EndAsync();
        Assert.Null(_destination!.Migration.State.Error);
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.Equal(["refused: the source has gone, and another has come"], Refusals);
    }

    [Fact]
    public async Task Source_whose_channels_do_not_come_has_its_time_and_leaves_its_place_to_the_next()
    {
        Serve();
        PeerChannel main = Connect("main", Main());

        await PassAsync(59);
        Assert.False(main.IsShutDown);
        await PassUntilAsync(() => main.IsShutDown);
        Assert.Equal(["refused: its channels did not come within 60 s"], Refusals);

        ConnectSource();
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
    }

    [Fact]
    public async Task Channel_whose_main_channel_does_not_come_has_its_time_and_leaves_its_id_to_the_next()
    {
        Serve();
        PeerChannel orphan = Connect("orphan", Initial(0));

        await PassAsync(59);
        Assert.False(orphan.IsShutDown);
        await PassUntilAsync(() => orphan.IsShutDown);
        Assert.Equal(["refused: its main channel did not come within 60 s"], Refusals);
        ConnectSource();

        await _destination!.Migration.Ended;
        Assert.Equal(MigrationStatus.Completed, _destination.Status);
    }

    [Fact]
    public async Task Source_that_has_sent_everything_and_gone_is_kept_while_one_of_its_channels_may_still_speak()
    {
        Serve();
        PeerChannel main = Connect("main", Main());
        Connect("channel 0", [.. Initial(0), .. Sync()]);
        PeerChannel late = Connect("channel 1");
        await UntilAsync(() => main.IsRead);
        main.Close();

        await PassAsync(20);
        Assert.Empty(Refusals);
        late.Send([.. Initial(1), .. Sync()]);

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
    }

    [Fact]
    public async Task Source_that_has_sent_everything_and_gone_is_kept_while_its_channels_wait_to_be_accepted()
    {
        Serve();
        PeerChannel main = Connect("main", Main());
        await UntilAsync(() => main.IsRead);
        TaskCompletionSource accepts = new();
        _listener.Accepts = accepts.Task;
        Connect("channel 0", [.. Initial(0), .. Sync()]);
        Connect("channel 1", [.. Initial(1), .. Sync()]);
        main.Close();

        await PassAsync(20);
        Assert.Empty(Refusals);
        accepts.SetResult();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
    }

    [Fact]
    public async Task Channel_that_introduced_itself_and_left_gives_its_id_back()
    {
        Serve();
        PeerChannel left = Connect("left", Initial(0));
        await UntilAsync(() => left.IsRead);
        left.Close();
        await PassUntilAsync(() => left.IsShutDown);
        Assert.Equal(["refused: it left before the migration began"], Refusals);

        ConnectSource();
        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(64)]
    public async Task Surplus_channel_of_a_running_migration_is_refused_whatever_it_says(int bytes)
    {
        Serve();
        byte[] main = Main();
        PeerChannel first = Connect("main", main[..40]);
        PeerChannel surplus = Connect("surplus", Initial(0)[..3]);
        Connect("channel 0", [.. Initial(0), .. Sync()]);
        Connect("channel 1", [.. Initial(1), .. Sync()]);
        await UntilAsync(() => _destination!.Status == MigrationStatus.Active);

        surplus.Send(Initial(0)[3..bytes]);
        surplus.Close();
        await UntilAsync(() => surplus.IsShutDown);
        first.Send(main[40..]);
        first.Close();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.Equal(["refused: the migration has its connections already"], Refusals);
    }

    [Fact]
    public async Task Listener_is_closed_when_the_migration_has_ended()
    {
        Serve();
        ConnectSource();

        await EndAsync();
        await _serving.WaitAsync(Patience);
        Assert.True(_listener.IsClosed);
    }

    [Fact]
    public async Task Cancellation_closes_the_listener_and_ends_the_source()
    {
        using CancellationTokenSource cancellation = new();
        Serve(cancellation: cancellation.Token);
        Connect("main", Main()[..40]);
        Connect("channel 0", Initial(0));
        Connect("channel 1", Initial(1));
        await UntilAsync(() => _destination!.Status == MigrationStatus.Active);

        await cancellation.CancelAsync();

        await EndAsync();
        await _serving.WaitAsync(Patience);
        Assert.Equal(MigrationStatus.Failed, _destination!.Status);
        Assert.True(_listener.IsClosed);
    }

    private void Serve(SessionLimits? limits = null, CancellationToken cancellation = default)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("multifd", true);
        _destination = new(CraftedStreams.Machine, capabilities, limits: limits);
        _destination.Migration.TryBegin();
        _serving = _destination.Migration.ServeAsync(_listener, cancellation);
    }

    private PeerChannel Connect(string name, params byte[] bytes)
    {
        PeerChannel channel = new(name, bytes);
        _listener.Connect(channel);
        return channel;
    }

    private void ConnectSource()
    {
        Connect("main", Main()).Close();
        for (int id = 0; id < Channels; id++)
            Connect($"channel {id}", [.. Initial(id), .. Sync()]);
    }

    private Task EndAsync() => _destination!.Migration.Ended.WaitAsync(Patience);

    private Task PassAsync(int seconds) => PassUntilAsync(null, seconds);

    private Task PassUntilAsync(Func<bool> condition) => PassUntilAsync(condition, 1000);

    // Time passes in small steps, so that whoever waits for it can begin to wait again.
    private async Task PassUntilAsync(Func<bool>? condition, int seconds)
    {
        for (int i = 0; i < 5 * seconds; i++)
        {
            if (condition?.Invoke() == true)
                return;
            await _destination!.Environment.Time.PassAsync(TimeSpan.FromMilliseconds(200));
            await Task.Delay(1);
        }
        Assert.True(condition is null, "it did not come to that");
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !condition(); await Task.Delay(1))
            Assert.True(waited.Elapsed < Patience, "it did not come to that");
    }
}
