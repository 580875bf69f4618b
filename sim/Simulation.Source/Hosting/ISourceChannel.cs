using Simulation.Engine.Fabric;

namespace Simulation.Source.Hosting;

/// <summary>A connection of the source: simulated, or a real socket where a test talks to a real destination.</summary>
public interface ISourceChannel
{
    /// <summary>Where the channel keeps all that it has sent, so that its bytes are best made there; null where it keeps nothing.</summary>
    public ByteLog? Log => null;

    /// <summary>Sends bytes.</summary>
    /// <param name="content">The bytes; unchanged until the task is done.</param>
    /// <returns>Done when the channel has taken all of them.</returns>
    /// <exception cref="IOException">The channel is broken.</exception>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content);

    /// <summary>Receives bytes.</summary>
    /// <param name="buffer">Room for them.</param>
    /// <returns>How many; 0 when the peer has closed.</returns>
    /// <exception cref="IOException">The channel is broken.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Closes the channel: what was sent arrives, then the end.</summary>
    public void Close();
}
