using Qemu.Migration.Destination.Hosting;

namespace TestKit;

/// <summary>A connection through a listener whose peer speaks when a test says so, and stays until it goes.</summary>
public sealed class PeerChannel(string name, params byte[] first) : MigrationChannel
{
    private readonly object _lock = new();
    private readonly Queue<byte> _unread = new(first);
    private TaskCompletionSource _news = NewSignal();
    private readonly MemoryStream _answers = new();
    private bool _hasGone;
    private bool _isShut;

    public override string Name => name;

    public override bool FromListener => true;

    public bool IsShutDown
    {
        get
        {
            lock (_lock)
                return _isShut;
        }
    }

    /// <summary>Whether everything that was sent so far has been read.</summary>
    public bool IsRead
    {
        get
        {
            lock (_lock)
                return _unread.Count == 0;
        }
    }

    public override bool HasEnded
    {
        get
        {
            lock (_lock)
                return _hasGone && _unread.Count == 0;
        }
    }

    public void Send(params byte[] bytes)
    {
        lock (_lock)
        {
            foreach (byte value in bytes)
                _unread.Enqueue(value);
            _news.TrySetResult();
        }
    }

    public PeerChannel Close()
    {
        lock (_lock)
        {
            _hasGone = true;
            _news.TrySetResult();
        }
        return this;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        while (true)
        {
            Task news;
            lock (_lock)
            {
                int count = 0;
                while (!_isShut && count < buffer.Length && _unread.TryDequeue(out byte value))
                    buffer.Span[count++] = value;
                if (count > 0 || _hasGone || _isShut)
                    return count;
                _news = NewSignal();
                news = _news.Task;
            }
            await news;
        }
    }

    /// <summary>What the destination sent back.</summary>
    public byte[] Answers
    {
        get
        {
            lock (_lock)
                return _answers.ToArray();
        }
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            if (_isShut)
                throw new IOException("the channel was shut down");
            _answers.Write(bytes.Span);
        }
        return ValueTask.CompletedTask;
    }

    public override void Shutdown()
    {
        lock (_lock)
        {
            _isShut = true;
            _news.TrySetResult();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A listener whose connections come when a test says so.</summary>
public sealed class PeerListener : MigrationListener
{
    private readonly SemaphoreSlim _arrivals = new(0);
    private readonly System.Collections.Concurrent.ConcurrentQueue<MigrationChannel> _backlog = new();
    private readonly List<PeerChannel> _served = [];
    private volatile bool _isClosed;

    public bool IsClosed => _isClosed;

    /// <summary>Completes when the host accepts again: one that has much to do is late.</summary>
    public Task Accepts { get; set; } = Task.CompletedTask;

    public override bool HasWaiting => !_backlog.IsEmpty;

    /// <summary>How many connections there are before the host says that it is short of something.</summary>
    public int Plenty { get; init; } = int.MaxValue;

    public override string? Shortage => _served.Count(channel => !channel.IsShutDown) > Plenty ? "hardly a place is left" : null;

    public void Connect(MigrationChannel channel)
    {
        _backlog.Enqueue(channel);
        _arrivals.Release();
    }

    public override async ValueTask<MigrationChannel?> AcceptAsync()
    {
        await _arrivals.WaitAsync();
        await Accepts;
        if (_isClosed || !_backlog.TryDequeue(out MigrationChannel? channel))
            return null;
        if (channel is PeerChannel peer)
            _served.Add(peer);
        return channel;
    }

    protected override void Close()
    {
        _isClosed = true;
        _arrivals.Release();
    }
}
