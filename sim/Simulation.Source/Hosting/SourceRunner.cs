using Qemu.Migration.Wire;
using Simulation.Source.Precopy;

namespace Simulation.Source.Hosting;

/// <summary>
/// Runs a source on channels: sends what it has pending, waits as it says, hears the return path, closes the channels at the end.
/// Main, return path and each multifd channel are threads of the host, so that they race as far as host and channels let them.
/// </summary>
public sealed class SourceRunner
{

    private readonly MigrationSource _source;
    private readonly ISourceHost _host;
    private readonly ISourceChannel _main;
    private readonly IReadOnlyList<ISourceChannel> _channels;
    private readonly ChannelSender[] _senders;
    private TaskCompletionSource _message = new();

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
        source.Main.KeepIn(main.Log);
        for (int i = 0; i < channels.Count; i++)
            source.Channels[i].Output.KeepIn(channels[i].Log);
        _senders = [.. channels.Select((channel, i) => new ChannelSender(source.Channels[i].Output, channel))];
    }

    /// <summary>Migrates. A broken channel ends the migration as failed, not this task.</summary>
    /// <returns>The source's final figures.</returns>
    public async Task<SourceStatistics> RunAsync()
    {
        List<Task> threads = [];
        if (_source.HasReturnPath)
            threads.Add(_host.Spawn("source/return-path", ReadReturnPathAsync));
        for (int i = 0; i < _senders.Length; i++)
            threads.Add(_host.Spawn($"source/multifd-{i}", _senders[i].RunAsync));
        try
        {
            await MigrateAsync();
        }
        catch (IOException broken)
        {
            _source.Now = _host.NowNanoseconds;
            _source.Fail(broken.Message);
        }
        _main.Close();
        foreach (ISourceChannel channel in _channels)
            channel.Close();
        foreach (ChannelSender sender in _senders)
            sender.End();
        await Task.WhenAll(threads.ToArray());
        return _source.Statistics;
    }

    private async Task MigrateAsync()
    {
        while (true)
        {
            // Taken before the step: a message that comes while this one is being sent must not be slept through.
            Task message = _message.Task;
            _source.Now = _host.NowNanoseconds;
            if (!_source.MoveNext())
                return;
            foreach (ChannelSender sender in _senders)
                sender.Wake();
            if (_source.Main.PendingCount > 0)
            {
                await _main.WriteAsync(_source.Main.Pending);
                _source.Main.Drain();
            }
            await WaitAsync(_source.Current, message);
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
            case SourceWait.ReturnPath when step.UntilNanoseconds == long.MaxValue:
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

    private async Task ReadReturnPathAsync()
    {
        byte[] buffer = new byte[ReturnPathMessage.LongestBytes];
        int filled = 0;
        try
        {
            int count;
            while ((count = await _main.ReadAsync(buffer.AsMemory(filled))) > 0)
            {
                filled = Deliver(buffer, filled + count);
                Announce();
            }
            _source.ReturnPathClosed();
        }
        catch (IOException broken)
        {
            _source.Fail(broken.Message);
        }
        Announce();
    }

    // Messages are short; a peer whose bytes fill the buffer without making one has been failed already, so they may go.
    private int Deliver(byte[] buffer, int filled)
    {
        int read = 0;
        _source.Now = _host.NowNanoseconds;
        while (true)
        {
            DecodeStatus status = ReturnPathMessage.TryRead(
                buffer.AsSpan(read, filled - read), out ReturnPathMessage message, out int consumed);
            if (status == DecodeStatus.InvalidData)
            {
                _source.Fail("the return path carries no message");
                return 0;
            }
            if (status.NeedsMoreData)
                break;
            _source.Receive(message.Type, message.Value);
            read += consumed;
        }
        buffer.AsSpan(read, filled - read).CopyTo(buffer);
        return filled - read;
    }

    private void Announce()
    {
        TaskCompletionSource message = _message;
        _message = new TaskCompletionSource();
        message.SetResult();
    }
}
