using Simulation.Source.Savevm;

namespace Simulation.Source.Multifd;

/// <summary>A multifd channel of the source: its bytes on their way, and its compressor, which lives as long as the channel.</summary>
public sealed class MultifdSendChannel : IDisposable
{
    private readonly MultifdCompressor? _compressor;

    internal MultifdSendChannel(int id, MultifdCompression compression)
    {
        Id = id;
        _compressor = MultifdCompressor.Create(compression);
    }

    /// <summary>The channel's id, from 0.</summary>
    public int Id { get; }

    /// <summary>The channel's bytes. While some are pending the channel is busy and takes no packet.</summary>
    public StreamBuffer Output { get; } = new();

    /// <summary>Whether the channel waits for work.</summary>
    public bool IsIdle => Output.PendingCount == 0;

    internal MultifdCompressor? Compressor => _compressor;

    /// <inheritdoc/>
    public void Dispose()
    {
        _compressor?.Dispose();
        Output.Dispose();
    }
}
