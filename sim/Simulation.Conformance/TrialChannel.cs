using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;

namespace Simulation.Conformance;

/// <summary>A connection to our destination that brings the bytes of a case, as they are sent.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="name">Its name, a task's too.</param>
/// <param name="bytes">What it brings.</param>
/// <param name="fromListener">Whether it came through a listener, beside others.</param>
/// <param name="isFile">Whether it is a file.</param>
/// <param name="host">How it hands its bytes out.</param>
internal sealed class TrialChannel(
    SimulationLoop loop, string name, ReadOnlyMemory<byte> bytes, bool fromListener, bool isFile, TrialHostKind host) : MigrationChannel
{
    // Lengths that end inside headers and pages.
    private static ReadOnlySpan<int> ShortReadBytes => [5000, 1, 4095, 8192, 4097, 700, 64 << 10];

    private readonly List<byte> _answers = [];
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _delivered;
    private bool _hasEnded;
    private int _at;
    private int _reads;
    private bool _isShut;

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override bool FromListener => fromListener;

    /// <inheritdoc/>
    public override bool CanSeek => isFile && host.Options.Channel != ChannelKind.Lent;

    /// <inheritdoc/>
    public override bool ReadsInPlace => host.Options.Channel == ChannelKind.InPlace;

    /// <summary>What the destination sent back.</summary>
    public ReadOnlyMemory<byte> Answers => _answers.ToArray();

    /// <summary>The source sends what comes next.</summary>
    /// <param name="count">How many bytes.</param>
    public void Deliver(int count)
    {
        _delivered = Math.Min(_delivered + count, bytes.Length);
        _arrival.TrySetResult();
    }

    /// <summary>The source closes the connection, or loses it.</summary>
    public void End()
    {
        _hasEnded = true;
        _arrival.TrySetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        await ArriveAsync(_at);
        int count = CountAt(_at, buffer.Length);
        bytes.Slice(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        if (!ReadsInPlace)
            return await base.ReadInPlaceAsync(pieces);
        await ArriveAsync(_at);
        int count = CountAt(_at, Pieces.Room(pieces.Span));
        Pieces.Fill(pieces.Span, bytes.Span.Slice(_at, count));
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAtAsync(long offset, Memory<byte> buffer)
    {
        if (!CanSeek)
            return await base.ReadAtAsync(offset, buffer);
        await ArriveAsync(offset);
        int count = CountAt(offset, buffer.Length);
        if (count > 0)
            bytes.Slice((int)offset, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public override bool TryLend(long offset, int minimumBytes, out ReadOnlyMemory<byte> window)
    {
        bool lends = host.Options.Channel == ChannelKind.Lent;
        int count = lends ? CountAt(offset, long.MaxValue, minimumBytes) : 0;
        window = count > 0 ? bytes.Slice((int)offset, count) : default;
        return lends;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> sent)
    {
        if (isFile || _isShut)
            throw new IOException($"'{name}' cannot be written");
        _answers.AddRange(sent.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void ShutdownRead()
    {
        (_at, _delivered) = (bytes.Length, bytes.Length);
        End();
    }

    /// <inheritdoc/>
    public override void Shutdown()
    {
        ShutdownRead();
        _isShut = true;
    }

    private async ValueTask ArriveAsync(long offset)
    {
        await loop.Point("referee.read");
        while (!_hasEnded && offset >= _delivered)
        {
            if (_arrival.Task.IsCompleted)
                _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await _arrival.Task;
        }
    }

    private int CountAt(long offset, long room, int atLeast = 1)
    {
        long most = host.Options.Channel == ChannelKind.Records
            ? HostOptions.RecordBytes - (offset % HostOptions.RecordBytes) : long.MaxValue;
        if (host.ReadsShort)
            most = Math.Min(most, Math.Max(atLeast, ShortReadBytes[_reads++ % ShortReadBytes.Length]));
        return (int)Math.Clamp(_delivered - offset, 0, Math.Min(room, most));
    }
}
