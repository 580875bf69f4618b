using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets.Formats;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination;

namespace Fuzzing.Targets.Monitors;

/// <summary>Monitors beside a migration: what they ask comes between any two bytes of the stream.</summary>
internal sealed class MonitorTarget : FuzzTarget
{
    // As often as a session looks after those that wait; longer than it waits for a connection.
    private static readonly TimeSpan[] Waits =
        [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(200)];

    private readonly FuzzDestination _destination = new(Machines.None, Machines.With());
    private readonly MonitorHost _host;
    private readonly MonitorScript _script;

    public MonitorTarget()
    {
        _host = new(_destination);
        _script = new(_host);
    }

    public override string Name => "monitor";

    public override string Covers =>
        "Two monitors beside a migration that they begin, set up and recover: every command in every state, events, descriptors, connections as of multifd.";

    public override string Asserts => "As qmp; no event before the negotiation; the migration does what it would without them.";

    public override int MaximumBytes => 32 * 1024;

    public override InputFormat Format => MonitorFormat.Instance;

    public override StateCounters? States => _script.Situations;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        byte options = input.IsEmpty ? (byte)0 : input.Span[0];
        _destination.Prepare();
        _host.Reset();
        _script.Reset();
        _script.Run(_destination, SessionDestinations.DeliveryOf(options), input.IsEmpty ? default : input.Span[1..]);
        _script.Leave();
        JudgeMigration();
        _host.JudgeDescriptors();
        _destination.Clear();
    }

    private void JudgeMigration()
    {
        if (_host.Migration is not { } migration)
            return;
        foreach (TimeSpan time in Waits)
            _destination.Pass(time);
        if (migration.State.Status == MigrationStatus.PostcopyPaused)
            _destination.PowerOff();

        // Nobody has come, and a listener waits on.
        if (migration.State.Status == MigrationStatus.Setup)
            return;
        _destination.RequireEnd();
        _destination.Judge(_script.Bytes);
    }
}
