using Simulation.Engine.Fabric;
using Simulation.Source.Hosting;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Hosts;

/// <summary>A connection of the fabric as the source sees it.</summary>
/// <param name="endpoint">The source's side.</param>
/// <param name="source">Whose it is: a source that has not completed does not say goodbye.</param>
internal sealed class SourceChannel(Endpoint endpoint, MigrationSource source) : ISourceChannel
{
    /// <inheritdoc/>
    public ByteLog? Log => endpoint.Outgoing;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> content) => endpoint.WriteAsync(content);

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(Memory<byte> buffer) => endpoint.ReadAsync(buffer);

    /// <inheritdoc/>
    public void Close()
    {
        if (source.Status == SourceStatus.Completed)
            endpoint.CloseWrite();
        else
            endpoint.Shutdown();
    }
}