using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>No claim of the peer makes the destination take more than its machine and its connections need: guest memory is the
/// machine's, a read asks for no more than a buffer, and tasks are as many as connections and readers.</summary>
public sealed class MemoryStaysBounded : ICheck
{
    /// <summary>The largest buffer: a chunk of a mapped-ram file.</summary>
    private const int LargestReadBytes = 1 << 20;


    /// <summary>Who accepts connections, who looks whether they are still there, and who waits for the end.</summary>
    private const int FixedTasks = 3;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        long ram = run.Options.Blocks.Sum(block => block.MappedPages * (long)run.PageBytes);
        if (run.MappedBytes > ram)
            return $"{run.MappedBytes} bytes of guest memory were mapped for a machine of {ram}";
        foreach (ReceivedStream stream in run.Streams)
        {
            if (stream.LargestReadBytes > LargestReadBytes)
                return $"connection '{stream.Name}' was read into a buffer of {stream.LargestReadBytes} bytes";
        }

        // A mapped-ram block is read by as many tasks as there are channels, and a deviant stream may name its blocks twice.
        int readers = run.Options.Migration.MappedRam ? run.Options.Migration.MultifdChannels * run.Options.Blocks.Count * 2 : 0;
        // A guest that is here has its CPUs, each migrate-recover a listener, and what monitors touch is asked for by one task.
        int inPostcopy = run.Options.Migration.Postcopy is { } postcopy
            ? postcopy.Vcpus + run.Commands.Count(exchange => exchange.Command == MonitorCommand.Recover)
                + (run.Commands.Exists(TouchedPagesAreRequested.IsTouch) ? 1 : 0) : 0;
        int tasks = FixedTasks + run.Streams.Count + readers + inPostcopy;
        return run.TaskCount > tasks ? $"{run.TaskCount} tasks were started where {tasks} suffice" : null;
    }
}
