using Fuzzing.Targets.Hosts;
using Fuzzing.Targets.Postcopy;
using Qemu.Migration.Destination;
using Simulation.Oracle;

namespace Fuzzing.Targets.Differential;

/// <summary>Destination against oracle in postcopy: a single stream, or a main connection and recoveries. No guest asks for pages: the
/// oracle knows none.</summary>
internal sealed class PostcopyDifference
{
    private readonly Pair _pair = new(Machines.None, "postcopy-ram");
    private readonly PostcopyScript _script = new(new ScriptedGuest(new PlacementWatch()), mayStop: false);

    /// <summary>Runs an input, and compares.</summary>
    /// <param name="input">A stream, or an options byte and a script.</param>
    /// <param name="isScript">Which of both.</param>
    public void Run(ReadOnlyMemory<byte> input, bool isScript)
    {
        if (isScript)
        {
            RunScript(input);
        }
        else
        {
            _pair.Destination.Run(_pair.Channel, input);
            Comparison.Judge(_pair, _pair.Ask(input, []), isComplete: true);
        }
        _pair.Destination.Clear();
    }

    private void RunScript(ReadOnlyMemory<byte> input)
    {
        FuzzDestination destination = _pair.Destination;
        _script.Reset();
        destination.Begin();
        _script.Run(destination, SessionDestinations.DeliveryOf(input.IsEmpty ? (byte)0 : input.Span[0]), input.IsEmpty ? default : input.Span[1..]);
        if (destination.Migration.State.Status == MigrationStatus.PostcopyPaused)
            destination.PowerOff();
        if (destination.Migration.State.Status == MigrationStatus.Setup)
            return;
        destination.RequireEnd();
        destination.Judge(_script.Bytes);

        // Who was refused is none of the migration's.
        OracleConnection[] connections =
        [
            .. _script.Spoken.Where(channel => !destination.Environment.Refused.Contains(channel.Name))
                .Select(channel => new OracleConnection(channel.Delivered.ToArray())),
        ];
        if (connections.Length > 0)
            Comparison.Judge(_pair, _pair.Ask(connections[0], connections[1..]), isComplete: true);
    }
}
