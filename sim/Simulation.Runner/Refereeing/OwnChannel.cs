using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;

namespace Simulation.Runner.Refereeing;

/// <summary>A connection to our destination that ends after the bytes of a case.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="name">Its name, a task's too.</param>
/// <param name="bytes">What it brings.</param>
/// <param name="fromListener">Whether it came through a listener, beside others.</param>
/// <param name="isFile">Whether it is a file.</param>
internal sealed class OwnChannel(SimulationLoop loop, string name, ReadOnlyMemory<byte> bytes, bool fromListener, bool isFile)
    : MigrationChannel
{
    private readonly List<byte> _answers = [];
    private int _at;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override bool CanSeek => isFile;

    /// <summary>What the destination sent back.</summary>
    public ReadOnlySpan<byte> Answers => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_answers);

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        await loop.Point("referee.read");
        int count = Math.Min(buffer.Length, bytes.Length - _at);
        bytes.Slice(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer)
    {
        await loop.Point("referee.read");
        int count = (int)Math.Clamp(bytes.Length - offset, 0, buffer.Length);
        bytes.Slice((int)Math.Min(offset, bytes.Length), count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> sent)
    {
        if (isFile)
            throw new IOException($"'{name}' cannot be written");
        _answers.AddRange(sent.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void ShutdownRead() => _at = bytes.Length;

    /// <inheritdoc/>
    public override void Shutdown() => _at = bytes.Length;
}
