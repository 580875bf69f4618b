using Qemu.Migration.Destination.Diagnostics;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Multifd;

/// <summary>
/// The channels of one migration and the points where they meet (stream reference, sections 4.1 and 4.6):
/// <code>
/// main:      … FLUSH: wait until every channel has arrived, then release them all …
/// channel k: … SYNC:  arrive, then wait to be released …
/// </code>
/// Unlike QEMU's, every wait ends when a channel fails or ends (deviation L1): who waits then gets the error.
/// </summary>
internal sealed class MultifdSession(DestinationEnvironment environment, int channelCount)
{
    private readonly object _lock = new();
    private readonly MultifdReceiver?[] _receivers = new MultifdReceiver?[channelCount];
    private readonly TaskCompletionSource _allPresent = NewSignal();
    private readonly TaskCompletionSource _joined = NewSignal();
    private TaskCompletionSource _allArrived = NewSignal();
    private TaskCompletionSource _released = NewSignal();
    private int _arrived;
    private int _running;
    private int _firstGone;
    private bool _mainWaiting;
    private long _mainOffset;
    private bool _stopping;
    private bool _isClosedToPages;
    private int _writing;

    /// <summary>multifd-channels: channels beside the main one.</summary>
    public int ChannelCount => channelCount;

    /// <summary>What ended the session early; the first failure counts.</summary>
    public StreamError? Failure { get; private set; }

    /// <summary>Completes when <see cref="Complete"/> is called, or the session has failed.</summary>
    public Task AllPresent => _allPresent.Task;

    /// <summary>Pages that the channels had received when main last found them all at the sync barrier.</summary>
    public long PagesAtBarrier { get; private set; }

    /// <summary>Runs once, when the first channel fails: breaks the main channel's wait for bytes.</summary>
    public Action? OnFailure { get; set; }

    /// <summary>The channels that are there, by id.</summary>
    public IEnumerable<MultifdReceiver> Receivers
    {
        get
        {
            foreach (MultifdReceiver? receiver in _receivers)
            {
                if (receiver is not null)
                    yield return receiver;
            }
        }
    }

    /// <summary>A channel has introduced itself.</summary>
    /// <param name="receiver">Its receiver.</param>
    /// <returns>The error, or null.</returns>
    public StreamError? Register(MultifdReceiver receiver)
    {
        lock (_lock)
        {
            if (_receivers[receiver.Id] is not null)
            {
                StreamError error = new(StreamErrorCode.MultifdChannelDuplicate, 24, $"channel id {receiver.Id} is there already");
                return error.WithChannel($"multifd {receiver.Id}", null);
            }
            _receivers[receiver.Id] = receiver;
            _running++;
        }
        return null;
    }

    /// <summary>Main and all channels are there, and the session begins: main's task goes on.</summary>
    public void Complete() => _allPresent.TrySetResult();

    /// <summary>A channel has gone before all were there: its id is free again.</summary>
    /// <param name="receiver">Its receiver.</param>
    public void Dismiss(MultifdReceiver receiver)
    {
        Remove(receiver);
        receiver.Begin();
    }

    /// <summary>A channel that has not begun is not of this session any more.</summary>
    /// <param name="receiver">Its receiver.</param>
    public void Remove(MultifdReceiver receiver)
    {
        lock (_lock)
        {
            _receivers[receiver.Id] = null;
            _running--;
        }
    }

    /// <summary>Lets the channels receive.</summary>
    public void Start()
    {
        foreach (MultifdReceiver receiver in Receivers)
            receiver.Begin();
    }

    /// <summary>A channel waits for the start.</summary>
    /// <param name="receiver">Its receiver.</param>
    /// <returns>False when the session ended before, or the channel was dismissed.</returns>
    public async ValueTask<bool> WaitForStartAsync(MultifdReceiver receiver)
    {
        await environment.WaitFor(receiver.Begun);
        // Another session may have taken this receiver meanwhile.
        return receiver.Session.LetsBegin(receiver);
    }

    private bool LetsBegin(MultifdReceiver receiver)
    {
        lock (_lock)
            return !_stopping && _receivers[receiver.Id] == receiver;
    }

    /// <summary>Main meets all channels.</summary>
    /// <param name="offset">Absolute offset of the record on main.</param>
    /// <returns>The error that kept a channel away, or null.</returns>
    public async ValueTask<StreamError?> SyncAsync(long offset)
    {
        await environment.Point("multifd/sync");
        Task allArrived;
        lock (_lock)
        {
            if (Failure is null && _running < channelCount)
                Failure = Ended(_firstGone, offset);
            if (Failure is not null)
                return Failure;
            _mainWaiting = true;
            _mainOffset = offset;
            allArrived = _allArrived.Task;
        }
        await environment.WaitFor(allArrived);
        TaskCompletionSource released;
        lock (_lock)
        {
            _mainWaiting = false;
            if (Failure is not null)
                return Failure;
            Invariant.Holds(_arrived == channelCount, "main goes on when all channels have arrived");
            _arrived = 0;
            _allArrived = NewSignal();
            PagesAtBarrier = Receivers.Sum(receiver => receiver.Counters.Pages);
            released = _released;
            _released = NewSignal();
        }
        released.TrySetResult();
        return null;
    }

    /// <summary>A channel meets main.</summary>
    /// <returns>False when the session is over.</returns>
    public async ValueTask<bool> ArriveAsync()
    {
        await environment.Point("multifd/arrive");
        Task released;
        TaskCompletionSource? last = null;
        lock (_lock)
        {
            if (_stopping)
                return false;
            released = _released.Task;
            if (++_arrived == channelCount)
                last = _allArrived;
        }
        last?.TrySetResult();
        await environment.WaitFor(released);
        lock (_lock)
            return !_stopping;
    }

    /// <summary>A channel is done with, well or badly.</summary>
    /// <param name="receiver">Its receiver.</param>
    /// <param name="error">Its failure, or null when its stream ended where it may.</param>
    public async ValueTask LeaveAsync(MultifdReceiver receiver, StreamError? error)
    {
        // Record the failure first. Otherwise main sees a closed channel and reports that as the cause (found by Coyote).
        if (error is not null)
            await FailAsync(error);
        bool joined;
        lock (_lock)
        {
            if (_receivers[receiver.Id] != receiver)
                return;
            if (_running-- == channelCount)
                _firstGone = receiver.Id;
            joined = _stopping && _running == 0;
            // Main may be waiting for this channel, which will not reach the sync barrier any more.
            if (_mainWaiting)
                error ??= Ended(receiver.Id, _mainOffset);
        }
        if (error is not null)
            await FailAsync(error);
        if (joined)
            _joined.TrySetResult();
    }

    /// <summary>Something is wrong with the channels: whoever waits goes on and finds the failure.</summary>
    /// <param name="error">What.</param>
    public async ValueTask FailAsync(StreamError error)
    {
        await environment.Point("multifd/fail");
        lock (_lock)
        {
            if (_stopping || Failure is not null)
                return;
            Failure = error;
        }
        _allPresent.TrySetResult();
        _allArrived.TrySetResult();
        OnFailure?.Invoke();
    }

    /// <summary>A channel is about to write pages.</summary>
    /// <returns>False in postcopy, where the guest may have written them.</returns>
    public bool TryBeginPages()
    {
        lock (_lock)
        {
            if (_isClosedToPages)
                return false;
            _writing++;
            return true;
        }
    }

    /// <summary>A channel has written its pages, or failed to.</summary>
    public void EndPages()
    {
        lock (_lock)
            _writing--;
    }

    /// <summary>Postcopy begins: no channel brings pages any more.</summary>
    /// <returns>False when one is in the middle of some: its source has not let the channels meet main first.</returns>
    public bool TryCloseToPages()
    {
        lock (_lock)
        {
            _isClosedToPages = true;
            return _writing == 0;
        }
    }

    /// <summary>Ends the session and waits until no channel receives any more: after this, guest memory is main's alone.</summary>
    public async ValueTask StopAsync()
    {
        lock (_lock)
        {
            _stopping = true;
            if (_running == 0)
                _joined.TrySetResult();
        }
        _released.TrySetResult();
        foreach (MultifdReceiver receiver in Receivers)
        {
            receiver.Begin();
            receiver.Shutdown();
        }
        await environment.WaitFor(_joined.Task);
    }

    private static StreamError Ended(int id, long offset) =>
        new(StreamErrorCode.MultifdChannelEnded, offset, $"multifd channel {id} ended before the main channel met it");
}
