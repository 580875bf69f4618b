using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>Who may connect, what the source is told, and in which order things become visible.</summary>
public sealed class ConnectionTests
{
    [Theory]
    [InlineData("")]
    [InlineData("QEV")]
    [InlineData("GET / HTTP/1.1\r\n")]
    public async Task Stranger_is_refused_and_the_source_that_follows_completes(string greeting)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        ArrayChannel stranger = new(System.Text.Encoding.ASCII.GetBytes(greeting)) { Listening = true };

        await destination.LoadAsync(stranger);
        Assert.Equal(MigrationStatus.Setup, destination.Status);
        Assert.True(stranger.IsShutDown);
        Assert.Contains(destination.Environment.Told, t => t.StartsWith("refused", StringComparison.Ordinal));

        await destination.Migration.AttachAsync(new ArrayChannel(CraftedStreams.Good()) { Listening = true });
        Assert.Equal(MigrationStatus.Completed, destination.Status);
    }

    [Fact]
    public async Task Idle_client_keeps_nobody_waiting()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        destination.Migration.TryBegin();
        IdleChannel idle = new();
        Task waiting = destination.Migration.AttachAsync(idle);

        await destination.Migration.AttachAsync(new ArrayChannel(CraftedStreams.Good()) { Listening = true });

        Assert.Equal(MigrationStatus.Completed, destination.Status);
        await waiting;
        Assert.Equal(["refused: the migration has ended"], destination.Environment.Told.FindAll(IsRefusal));
    }

    [Fact]
    public async Task Second_source_is_turned_away()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        await destination.LoadAsync(CraftedStreams.Good());
        ArrayChannel second = new(CraftedStreams.Good()) { Listening = true };

        await destination.Migration.AttachAsync(second);

        Assert.True(second.IsShutDown);
        Assert.Contains(destination.Environment.Told, t => t.StartsWith("refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Transport_that_cannot_be_opened_may_be_retried()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        Assert.True(destination.Migration.TryBegin());
        Assert.False(destination.Migration.TryBegin());

        destination.Migration.Abandon();

        Assert.Equal(MigrationStatus.None, destination.Status);
        Assert.Equal(["none -> setup", "setup -> none"], destination.Environment.Told);
        Assert.True(destination.Migration.TryBegin());
    }

    [Fact]
    public async Task Guest_runs_before_completed_is_told_and_shut_0_comes_last()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        ArrayChannel channel = new(new StreamBuilder().Header().Configuration().Command(1).Command(2, 0, 0, 0, 1)
            .GlobalState("running").End().ToArray());

        await destination.LoadAsync(channel);

        Assert.Equal(
            ["none -> setup", "setup -> active", "Pong 1", "guest running", "active -> completed", "Shut 0"],
            destination.Environment.Told);
        Assert.Equal(Convert.FromHexString("00020004000000010001000400000000"), channel.Answers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("06 00 00 00 64 7b")]
    [InlineData("06 ff ff ff ff 7b 7d")]
    public async Task Stream_that_ends_in_its_description_completes_and_the_source_is_told_so(string description)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        byte[] end = Convert.FromHexString(description.Replace(" ", "", StringComparison.Ordinal));
        ArrayChannel main = new([.. new StreamBuilder().Header().Configuration().Command(1).End().ToArray(), .. end]);
        await destination.LoadAsync(main);

        Assert.Equal(MigrationStatus.Completed, destination.Status);
        Assert.Equal("0001000400000000", Convert.ToHexString(main.Answers));
    }

    [Fact]
    public async Task Failure_is_told_to_the_source_and_the_guest_never_runs()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        await destination.LoadAsync(new ArrayChannel(new StreamBuilder().Header().Configuration().Command(1).U8(99).ToArray()));

        Assert.Equal(["none -> setup", "setup -> active", "active -> failed", "Shut 1"], destination.Environment.Told);
        Assert.Equal(RunState.InMigrate, destination.Guest.State);
    }

    // Measured: a legacy source (10.0, and machine types up to 11.0) waits for the ACK and sends empty rounds meanwhile; one of 11.1
    // waits for none, and fails and runs on if it gets one. A machine without a version does not say which it is.
    [Theory]
    [InlineData("pc-i440fx-10.0", null, 0, true)]
    [InlineData("pc-i440fx-11.0", null, 0, true)]
    [InlineData("pc-i440fx-11.1", null, 3, false)]
    [InlineData("pc-q35-12.0", null, 3, false)]
    [InlineData("pc-i440fx-11.1", true, 0, true)]
    [InlineData("none", false, 3, false)]
    [InlineData("none", true, 0, true)]
    [InlineData("none", null, 0, false)]
    [InlineData("none", null, 2, false)]
    [InlineData("none", null, 3, true)]
    public async Task Switchover_is_acknowledged_where_the_source_waits_for_it(string machine, bool? legacy, int emptyRounds, bool expected)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set("switchover-ack", true);
        MachineProfile profile = CraftedStreams.Machine with { Name = machine, SwitchoverAckLegacy = legacy };
        using TestKit.Destination destination = new(profile, capabilities);
        StreamBuilder stream = new StreamBuilder().Header().Configuration(machine).Command(1).RamStart().Eos().Footer(1);
        for (int round = 0; round < emptyRounds; round++)
            stream.Part(2, 1).Eos().Footer(1);
        await destination.LoadAsync(new ArrayChannel(stream.End().ToArray()));

        Assert.Equal(MigrationStatus.Completed, destination.Migration.State.Status);
        Assert.Equal(expected, destination.Environment.Told.Contains("SwitchoverAck 0"));
    }

    [Theory]
    [InlineData("running", true, RunState.Running)]
    [InlineData("running", false, RunState.Paused)]
    [InlineData("paused", true, RunState.Paused)]
    [InlineData("postmigrate", false, RunState.PostMigrate)]
    [InlineData("shutdown", true, RunState.Shutdown)]
    public async Task Guest_arrives_in_the_state_it_left(string migrated, bool autostart, RunState expected)
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine, autostart: autostart);
        await destination.LoadAsync(new StreamBuilder().Header().Configuration().GlobalState(migrated).End().ToArray());

        Assert.Equal(expected, destination.Guest.State);
    }

    [Fact]
    public async Task Capability_that_is_not_served_fails_clearly()
    {
        using TestKit.Destination destination = new(CraftedStreams.Machine, With("x-colo"));
        await destination.LoadAsync(CraftedStreams.Good());

        Assert.Contains("capability 'x-colo'", destination.Migration.State.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0000000000001000 0000000000001000", null)]
    [InlineData("0000000000201000 0000000000001000", StreamErrorCode.PostcopyUnsupported)]
    [InlineData("0000000000001000 0000000000002000", StreamErrorCode.PostcopyUnsupported)]
    [InlineData("", StreamErrorCode.PostcopyUnsupported)]
    public async Task Source_that_may_do_postcopy_and_does_not_completes(string advice, StreamErrorCode? error)
    {
        byte[] payload = Convert.FromHexString(advice.Replace(" ", "", StringComparison.Ordinal));
        using TestKit.Destination destination = new(CraftedStreams.Machine, With("postcopy-ram"));
        await destination.LoadAsync(
            new StreamBuilder().Header().Configuration().Command(1).Command(2, 0, 0, 0, 1).Command(3, payload).End().ToArray());

        Assert.Equal(error, destination.Migration.State.Error?.Code);
    }

    [Fact]
    public async Task Stop_beside_the_arrival_is_told_behind_it_and_holds()
    {
        List<string> told = [];
        VirtualMachine guest = null!;
        Task stop = Task.CompletedTask;
        using TestKit.Destination destination = new(CraftedStreams.Machine);
        guest = new(autostart: true, new RunStateTrace((_, to) =>
        {
            if (to == RunState.Running)
            {
                stop = Task.Run(() => guest.Stop());
                stop.Wait(TimeSpan.FromMilliseconds(200));
            }
            lock (told)
                told.Add(to.ToQapi());
        }));

        IncomingMigration migration = new(
            destination.Environment, CraftedStreams.Machine, destination.Memory, guest, new(), new());
        migration.TryBegin();
        await migration.AttachAsync(new ArrayChannel(CraftedStreams.Good()));
        await stop;

        Assert.Equal(["running", "paused"], told);
        Assert.Equal(RunState.Paused, guest.State);
    }

    private static MigrationCapabilities With(string name)
    {
        MigrationCapabilities capabilities = new();
        capabilities.Set(name, true);
        return capabilities;
    }

    private sealed class RunStateTrace(Action<RunState, RunState> changed) : Qemu.Migration.Destination.Hosting.MigrationTrace
    {
        public override void RunStateChanged(RunState from, RunState to) => changed(from, to);
    }

    private static bool IsRefusal(string told) => told.StartsWith("refused", StringComparison.Ordinal);

    private sealed class IdleChannel : Qemu.Migration.Destination.Hosting.MigrationChannel
    {
        private readonly TaskCompletionSource<int> _end = new();

        public override string Name => "idle";

        public override bool FromListener => true;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer) => new(_end.Task);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => ValueTask.CompletedTask;

        public override void Shutdown() => _end.TrySetResult(0);
    }
}
