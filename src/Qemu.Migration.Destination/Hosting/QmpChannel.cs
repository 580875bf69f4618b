namespace Qemu.Migration.Destination.Hosting;

/// <summary>A client's connection to the monitor. One task reads and one writes; <see cref="Shutdown"/> may be called by any task at any
/// time.</summary>
internal abstract class QmpChannel : IDisposable
{
    /// <summary>A stable name of the connection, for the tasks that serve it.</summary>
    public abstract string Name { get; }

    /// <summary>Waits for bytes.</summary>
    /// <param name="buffer">Where the bytes go, not empty.</param>
    /// <param name="descriptors">Takes the file descriptors that came beside them; the caller owns them.</param>
    /// <returns>How many bytes came; 0 at the end of the connection, however it ended.</returns>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, List<int> descriptors);

    /// <summary>Sends bytes, all of them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Completes when they are on their way.</returns>
    /// <exception cref="IOException">The client reads no more.</exception>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends both directions: a read or a write that is under way ends. Repeatable, and throws nothing.</summary>
    public abstract void Shutdown();

    /// <summary>Closes the connection. Repeatable, and throws nothing.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the connection.</summary>
    protected abstract void Close();
}
