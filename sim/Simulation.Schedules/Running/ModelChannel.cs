using Qemu.Migration.Destination.Hosting;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>A connection of a model as the destination sees it: a point before each read, one portion a read, if the source has what it
/// waits for. It takes no locks: a host lets one task run at a time, and gives way only at points.</summary>
internal sealed class ModelChannel : MigrationChannel
{
    private readonly ModelConnection _model;
    private readonly bool _readsInPlace;
    private readonly ModelEnvironment _environment;
    private readonly ModelSource _source;
    private readonly Func<ValueTask<int>> _read;
    private Memory<byte> _buffer;
    private ReadOnlyMemory<MemoryPiece> _pieces;
    private readonly TaskCompletionSource _lastPortion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _waiting;
    private bool _isReadShut;
    private bool _isShut;
    private int _portion;
    private int _at;

    /// <summary>Makes a channel that stands at its first byte.</summary>
    /// <param name="model">The connection.</param>
    /// <param name="readsInPlace">Whether it reads straight into guest memory.</param>
    /// <param name="environment">Whose points they are.</param>
    /// <param name="source">Learns what the destination says.</param>
    public ModelChannel(ModelConnection model, bool readsInPlace, ModelEnvironment environment, ModelSource source)
    {
        _model = model;
        _readsInPlace = readsInPlace;
        _environment = environment;
        _source = source;
        _read = environment.ReadPoint("channel.read", Take);
    }

    /// <inheritdoc/>
    public override string Name => _model.Name;

    /// <inheritdoc/>
    public override bool FromListener => true;

    /// <inheritdoc/>
    public override bool ReadsInPlace => _readsInPlace;

    /// <inheritdoc/>
    public override bool HasEnded => _isShut || (_portion == _model.Portions.Count && _model.End != ConnectionEnd.StaysOpen);

    /// <summary>Completes when the last portion has been taken, or nothing more will be.</summary>
    public Task LastPortion => _lastPortion.Task;

    /// <summary>Whether anything was taken.</summary>
    public bool IsRead => _portion + _at > 0;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        _buffer = buffer;
        _pieces = default;
        return IsAtEnd ? EndAsync() : IsHeld ? ReadLaterAsync() : _read();
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadInPlaceAsync(ReadOnlyMemory<MemoryPiece> pieces)
    {
        if (!_readsInPlace)
            throw new NotSupportedException($"'{Name}' does not read in place");
        _pieces = pieces;
        return IsAtEnd ? EndAsync() : IsHeld ? ReadLaterAsync() : _read();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _environment.Point("channel.write");
        if (_isShut)
            throw new IOException("the channel was shut down");
        _source.Receive(bytes.Span);
    }

    /// <inheritdoc/>
    public override void ShutdownRead() => Shut(false);

    /// <inheritdoc/>
    public override void Shutdown() => Shut(true);

    private bool IsAtEnd => _isReadShut || _portion == _model.Portions.Count;

    private bool IsHeld
    {
        get
        {
            while (_at == 0 && _source.Skips(_model.Portions[_portion]))
                _portion++;
            return _at == 0 && _source.Holds(_model.Portions[_portion]);
        }
    }

    private async ValueTask<int> ReadLaterAsync()
    {
        while (!_isReadShut && IsHeld)
        {
            _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _source.Await(_waiting);
            await _environment.WaitFor(_waiting.Task);
        }

        return await (IsAtEnd ? EndAsync() : _read());
    }

    // Shut down while it waited for its turn, a read finds the end.
    private int Take()
    {
        if (IsAtEnd)
            return 0;
        ReadOnlySpan<byte> portion = _model.Portions[_portion].Bytes.Span[_at..];
        int count = _pieces.IsEmpty ? Math.Min(portion.Length, _buffer.Length) : Scatter(portion, _pieces.Span);
        if (_pieces.IsEmpty)
            portion[..count].CopyTo(_buffer.Span);
        _at += count;
        if (_at == _model.Portions[_portion].Bytes.Length)
        {
            _portion++;
            _at = 0;
            if (_portion == _model.Portions.Count)
                _lastPortion.TrySetResult();
        }

        return count;
    }

    private static unsafe int Scatter(ReadOnlySpan<byte> portion, ReadOnlySpan<MemoryPiece> pieces)
    {
        int done = 0;
        foreach (MemoryPiece piece in pieces)
        {
            int count = Math.Min((int)piece.LengthBytes, portion.Length - done);
            portion.Slice(done, count).CopyTo(new Span<byte>((void*)piece.Address, count));
            done += count;
        }

        return done;
    }

    private async ValueTask<int> EndAsync()
    {
        await _environment.Point("channel.end");
        if (_isReadShut || _model.End == ConnectionEnd.Closes)
            return 0;
        if (_model.End == ConnectionEnd.Fails)
            throw new IOException("connection reset");
        _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _environment.WaitFor(_waiting.Task);
        return 0;
    }

    private void Shut(bool both)
    {
        _isReadShut = true;
        _isShut |= both;
        _waiting?.TrySetResult();
        _lastPortion.TrySetResult();
    }
}
