using Simulation.Engine.Fabric;

namespace Simulation.Source.Hosting;

/// <summary>A simulated connection as a channel of the source.</summary>
/// <param name="endpoint">The source's side of the connection.</param>
public sealed class FabricChannel(Endpoint endpoint) : ISourceChannel
{
    /// <inheritdoc/>
    public ByteLog? Log => endpoint.Outgoing;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content) => endpoint.WriteAsync(content);

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer) => endpoint.ReadAsync(buffer);

    /// <inheritdoc/>
    public void Close() => endpoint.Shutdown();
}
