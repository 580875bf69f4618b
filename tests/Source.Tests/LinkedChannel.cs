using System.Buffers;
using System.IO.Pipelines;
using Qemu.Migration.Destination.Hosting;
using Simulation.Source.Hosting;

namespace Source.Tests;

/// <summary>A connection in memory between a simulated source and our destination; each side is the channel that its code expects.</summary>
internal sealed class LinkedChannel(string name) : MigrationChannel, ISourceChannel
{
    // Who closes the channel need not wake a writer that waits for room.
    private static readonly PipeOptions Unbounded = new(pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe _forward = new(Unbounded);
    private readonly Pipe _back = new(Unbounded);
    private volatile bool _hasEnded;

    public override string Name => name;

    public override bool FromListener => true;

    public override bool HasEnded => _hasEnded;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        int count = await ReadAsync(_forward.Reader, buffer);
        _hasEnded = count == 0;
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => await WriteAsync(_back.Writer, bytes);

    public override void Shutdown() => Close();

    ValueTask ISourceChannel.WriteAsync(ReadOnlyMemory<byte> content) => WriteAsync(_forward.Writer, content);

    ValueTask<int> ISourceChannel.ReadAsync(Memory<byte> buffer) => ReadAsync(_back.Reader, buffer);

    /// <summary>Ends both directions: what was sent arrives, and then the end.</summary>
    public void Close()
    {
        _forward.Writer.Complete();
        _back.Writer.Complete();
    }

    private static async ValueTask<int> ReadAsync(PipeReader reader, Memory<byte> buffer)
    {
        ReadResult result = await reader.ReadAsync();
        int count = (int)Math.Min(buffer.Length, result.Buffer.Length);
        result.Buffer.Slice(0, count).ToArray().CopyTo(buffer);
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return count;
    }

    private static async ValueTask WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await writer.WriteAsync(bytes);
        }
        catch (InvalidOperationException closed)
        {
            throw new IOException("the channel was closed", closed);
        }
    }
}
