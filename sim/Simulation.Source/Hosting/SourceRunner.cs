using Simulation.Source.Precopy;

namespace Simulation.Source.Hosting;

/// <summary>
/// Runs a source on channels: sends what it has pending, waits as it says, hears the return path, closes the channels at the end.
/// Main, return path, preempt channel and each multifd channel are threads of the host, so that they race as far as host and channels
/// let them.
/// </summary>
public sealed class SourceRunner
{
    private readonly MigrationSource _source;
    private readonly ISourceHost _host;
    private readonly IReadOnlyList<ISourceChannel> _channels;
    private readonly ChannelSender[] _senders;
    private readonly List<Task> _threads = [];
    private ISourceChannel _main;
    private Func<ValueTask<ISourceChannel>>? _reconnect;
    private PreemptSender? _preempt;
    private TaskCompletionSource _message = new();
    private bool _isGivenUp;

    /// <summary>Makes a runner.</summary>
    /// <param name="source">The source, not started.</param>
    /// <param name="host">Where it runs.</param>
    /// <param name="main">The main channel, connected.</param>
    /// <param name="channels">The multifd channels, connected, as many as the source has.</param>
    public SourceRunner(
        MigrationSource source, ISourceHost host, ISourceChannel main, params IReadOnlyList<ISourceChannel> channels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels.Count, source.Channels.Count);
        _source = source;
        _host = host;
        _main = main;
        _channels = channels;
        source.OnLost = OnLost;
        source.Main.KeepIn(main.Log);
        for (int i = 0; i < channels.Count; i++)
            source.Channels[i].Output.KeepIn(channels[i].Log);
        _senders = [.. channels.Select((channel, i) => new ChannelSender(source.Channels[i].Output, channel))];
    }

    /// <summary>Connects the preempt channel to where the main channel went; needed with <c>postcopy-preempt</c> only.</summary>
    public Func<ValueTask<ISourceChannel>>? ConnectPreempt { get; set; }

    /// <summary>Migrates. A broken channel ends the migration as failed, or pauses it, and never this task.</summary>
    /// <returns>The source's figures when it has ended, or when it was given up.</returns>
    public async Task<SourceStatistics> RunAsync()
    {
        if (_source.HasReturnPath)
            ReadReturnPath();
        for (int i = 0; i < _senders.Length; i++)
            _threads.Add(_host.Spawn($"source/multifd-{i}", _senders[i].RunAsync));
        await MigrateAsync();
        _main.Close();
        _preempt?.End();
        foreach (ISourceChannel channel in _channels)
            channel.Close();
        foreach (ChannelSender sender in _senders)
            sender.End();
        await Task.WhenAll(_threads.ToArray());
        return _source.Statistics;
    }

    /// <summary><c>migrate-start-postcopy</c>.</summary>
    /// <returns>False without <c>postcopy-ram</c>.</returns>
    public bool StartPostcopy() => _source.StartPostcopy();

    /// <summary><c>migrate-pause</c>.</summary>
    /// <returns>False where it is refused.</returns>
    public bool TryPause()
    {
        _source.Now = _host.NowNanoseconds;
        if (!_source.TryPause())
            return false;
        Announce();
        return true;
    }

    /// <summary><c>migrate</c> with <c>resume</c>: connects a paused migration again.</summary>
    /// <param name="connect">Makes the main channel; where it cannot, the migration is paused again.</param>
    /// <returns>False where it is refused: there is no paused migration.</returns>
    public bool TryRecover(Func<ValueTask<ISourceChannel>> connect)
    {
        _source.Now = _host.NowNanoseconds;
        if (!_source.TryBeginRecovery())
            return false;
        _reconnect = connect;
        Announce();
        return true;
    }

    /// <summary>Leaves a paused migration paused for ever, so that <see cref="RunAsync"/> ends. Nothing where it is not paused.</summary>
    public void GiveUp()
    {
        _isGivenUp = _source.Status == SourceStatus.PostcopyPaused;
        Announce();
    }

    private async Task MigrateAsync()
    {
        while (!_isGivenUp)
        {
            // Read before the step, so that a message which arrives during the send wakes the source.
            Task message = _message.Task;
            _source.Now = _host.NowNanoseconds;
            if (!_source.MoveNext())
                return;
            foreach (ChannelSender sender in _senders)
                sender.Wake();
            try
            {
                if (_source.Main.PendingCount > 0)
                {
                    await _main.WriteAsync(_source.Main.Pending);
                    _source.Main.Drain();
                }

                if (_source.WantsPreempt && _preempt is null)
                    StartPreempt();
                _preempt?.Wake();
                await WaitAsync(_source.Current, message);
            }
            catch (IOException broken)
            {
                _source.Now = _host.NowNanoseconds;
                _source.WriteFailed(broken.Message);
            }
        }
    }

    private async Task WaitAsync(SourceStep step, Task message)
    {
        long left = step.UntilNanoseconds - _host.NowNanoseconds;
        switch (step.Wait)
        {
            case SourceWait.Time when left > 0:
                await _host.DelayAsync(left);
                break;
            case SourceWait.Channels:
                await AnyIdleAsync();
                break;
            case SourceWait.Recovery when _reconnect is { } connect:
                _reconnect = null;
                await ReconnectAsync(connect);
                break;
            case SourceWait.ReturnPath or SourceWait.Preempt or SourceWait.Recovery when step.UntilNanoseconds == long.MaxValue:
                await message;
                break;
            case SourceWait.ReturnPath when left > 0:
                await Task.WhenAny([message, _host.DelayAsync(left).AsTask()]);
                break;
        }
    }

    private async Task AnyIdleAsync()
    {
        Task[] busy = [.. _senders.Select(sender => sender.Idle).Where(idle => !idle.IsCompleted)];
        if (busy.Length > 0)
            await Task.WhenAny(busy);
        foreach (ChannelSender sender in _senders)
        {
            if (sender.Broken is { } broken)
                throw new IOException(broken.Message, broken);
        }
    }

    private async Task ReconnectAsync(Func<ValueTask<ISourceChannel>> connect)
    {
        _main = await connect();
        _source.Reconnected(_main.Log);
        ReadReturnPath();
    }

    // Treat a preempt channel that cannot be connected like one that was lost.
    private void StartPreempt()
    {
        PreemptSender sender = new(
            _source, _host, ConnectPreempt ?? throw new InvalidOperationException("Nobody can connect the preempt channel."));
        _preempt = sender;
        _threads.Add(_host.Spawn("source/preempt", () => sender.RunAsync(Announce)));
    }

    // Called from within the source, so do not wake its tasks here. The caller does.
    private void OnLost()
    {
        _main.Close();
        _preempt?.End();
        _preempt = null;
    }

    private void ReadReturnPath()
    {
        ISourceChannel channel = _main;
        _threads.Add(_host.Spawn("source/return-path", () => ReadReturnPathAsync(channel)));
    }

    private async Task ReadReturnPathAsync(ISourceChannel channel)
    {
        ReturnPathReader reader = new(_source);
        string? error = null;
        try
        {
            int count;
            while ((count = await channel.ReadAsync(reader.Room)) > 0 && channel == _main)
            {
                _source.Now = _host.NowNanoseconds;
                reader.Take(count);
                _preempt?.Wake();
                Announce();
            }
        }
        catch (IOException broken)
        {
            error = broken.Message;
        }

        // Ignore the end of a connection that was replaced: it says nothing about its successor.
        if (channel != _main)
            return;
        if (error is null)
            _source.ReturnPathClosed();
        else
            _source.Fail(error);
        Announce();
    }

    private void Announce()
    {
        TaskCompletionSource message = _message;
        _message = new TaskCompletionSource();
        message.SetResult();
    }
}
