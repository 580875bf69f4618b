using Qemu.Migration.Destination;
using TestKit;
using static TestKit.MultifdStreams;

namespace Destination.Tests;

/// <content>The host has little: idle connections make room.</content>
public sealed partial class SessionTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    public async Task Oldest_idle_connection_makes_room_where_the_host_has_no_thread_for_the_source(int strangers)
    {
        Serve();
        _destination!.Environment.Connections = 4;
        PeerChannel[] idle = [.. Enumerable.Range(0, strangers).Select(i => Connect($"idle {i}"))];
        await UntilAsync(() => Refusals.Count == strangers - 4);

        await ConnectSourceInOrderAsync();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination.Status);
        Assert.All(idle[..^1], channel => Assert.True(channel.IsShutDown));
        Assert.Contains("refused: it has not said what it is, and makes room: no thread is left", Refusals);
    }

    [Fact]
    public async Task Connection_that_nobody_makes_room_for_is_refused()
    {
        Serve();
        PeerChannel main = Connect("main", Main()[..40]);
        await UntilAsync(() => main.IsRead);
        _destination!.Environment.Connections = 1;

        PeerChannel surplus = Connect("surplus");

        await UntilAsync(() => surplus.IsShutDown);
        Assert.Equal(["refused: no thread is left"], Refusals);
        Assert.False(main.IsShutDown);
    }

    [Fact]
    public async Task Oldest_idle_connection_makes_room_where_the_host_is_short_of_something()
    {
        _listener = new() { Plenty = 4 };
        Serve();
        PeerChannel[] idle = [.. Enumerable.Range(0, 40).Select(i => Connect($"idle {i}"))];
        await UntilAsync(() => idle.Count(channel => !channel.IsShutDown) == 4);

        await ConnectSourceInOrderAsync();

        await EndAsync();
        Assert.Equal(MigrationStatus.Completed, _destination!.Status);
        Assert.Contains("refused: it has not said what it is, and makes room: hardly a place is left", Refusals);
    }

    // The next source's channels may come before anybody has looked whether those of the one before have gone.
    [Fact]
    public async Task Channel_that_introduced_itself_and_left_gives_its_id_to_one_that_comes_at_once()
    {
        Serve();
        PeerChannel left = Connect("left", Initial(0));
        await UntilAsync(() => left.IsRead);
        left.Close();

        Connect("channel 0", [.. Initial(0), .. Sync()]);
        Connect("channel 1", [.. Initial(1), .. Sync()]);
        Connect("main", Main()).Close();

        await EndAsync();
        Assert.Null(_destination!.Migration.State.Error);
        Assert.Equal(["refused: it left before the migration began"], Refusals);
    }

    // Each has said what it is before the next one comes, so that it need not make room.
    private async Task ConnectSourceInOrderAsync()
    {
        PeerChannel main = Connect("main", Main());
        await UntilAsync(() => main.IsRead);
        PeerChannel first = Connect("channel 0", [.. Initial(0), .. Sync()]);
        await UntilAsync(() => first.IsRead);
        Connect("channel 1", [.. Initial(1), .. Sync()]);
    }
}
