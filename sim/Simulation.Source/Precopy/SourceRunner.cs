using Qemu.Migration.Wire;

namespace Simulation.Source.Precopy;

/// <summary>
/// Runs a source on channels: sends what it has pending, waits as it says, hears the return path, closes the channels at the end.
/// Each multifd channel sends on its own, so that they race as far as the channels let them.
/// </summary>
public sealed class SourceRunner
{
    private readonly MigrationSource _source;
    private readonly ISourceClock _clock;
    private readonly ISourceChannel _main;
    private readonly IReadOnlyList<ISourceChannel> _channels;
    private readonly Task[] _sending;
    private TaskCompletionSource _message = new();

    /// <summary>Makes a runner.</summary>
    /// <param name="source">The source, not started.</param>
    /// <param name="clock">The time it lives in.</param>
    /// <param name="main">The main channel, connected.</param>
    /// <param name="channels">The multifd channels, connected, as many as the source has.</param>
    public SourceRunner(
        MigrationSource source, ISourceClock clock, ISourceChannel main, params IReadOnlyList<ISourceChannel> channels)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels.Count, source.Channels.Count);
        _source = source;
        _clock = clock;
        _main = main;
        _channels = channels;
        _sending = new Task[channels.Count];
        Array.Fill(_sending, Task.CompletedTask);
    }

    /// <summary>Migrates. A broken channel ends the migration as failed, not this task.</summary>
    /// <returns>The source's final figures.</returns>
    public async Task<SourceStatistics> RunAsync()
    {
        Task returnPath = _source.HasReturnPath ? ReadReturnPathAsync() : Task.CompletedTask;
        try
        {
            await StepAsync();
            await Task.WhenAll(_sending);
        }
        catch (IOException broken)
        {
            _source.Now = _clock.NowNanoseconds;
            _source.Fail(broken.Message);
        }
        _main.Close();
        foreach (ISourceChannel channel in _channels)
            channel.Close();
        await returnPath;
        return _source.Statistics;
    }

    private async Task StepAsync()
    {
        while (true)
        {
            // Taken before the step: a message that comes while this one is being sent must not be slept through.
            Task message = _message.Task;
            _source.Now = _clock.NowNanoseconds;
            if (!_source.MoveNext())
                return;
            for (int i = 0; i < _sending.Length; i++)
            {
                if (_sending[i].IsCompleted && !_source.Channels[i].IsIdle)
                    _sending[i] = SendAsync(i);
            }
            if (_source.Main.PendingCount > 0)
            {
                await _main.WriteAsync(_source.Main.Pending);
                _source.Main.Drain();
            }
            await WaitAsync(_source.Current, message);
        }
    }

    private async Task SendAsync(int index)
    {
        Savevm.StreamBuffer output = _source.Channels[index].Output;
        await _channels[index].WriteAsync(output.Pending);
        output.Drain();
    }

    private async Task WaitAsync(SourceStep step, Task message)
    {
        long left = step.UntilNanoseconds - _clock.NowNanoseconds;
        switch (step.Wait)
        {
            case SourceWait.Time when left > 0:
                await _clock.DelayAsync(left);
                break;
            case SourceWait.Channels:
                Task[] busy = Array.FindAll(_sending, task => !task.IsCompletedSuccessfully);
                if (busy.Length > 0)
                    await await Task.WhenAny(busy);
                break;
            case SourceWait.ReturnPath when step.UntilNanoseconds == long.MaxValue:
                await message;
                break;
            case SourceWait.ReturnPath when left > 0:
                await Task.WhenAny([message, _clock.DelayAsync(left).AsTask()]);
                break;
        }
    }

    private async Task ReadReturnPathAsync()
    {
        byte[] buffer = new byte[256];
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

    private int Deliver(byte[] buffer, int filled)
    {
        int read = 0;
        _source.Now = _clock.NowNanoseconds;
        while (true)
        {
            DecodeStatus status = ReturnPathMessage.TryRead(
                buffer.AsSpan(read, filled - read), out ReturnPathMessageType type, out uint value, out int consumed);
            if (status == DecodeStatus.InvalidData)
                _source.Fail("the return path carries no message");
            if (status != DecodeStatus.Done)
                break;
            _source.Receive(type, value);
            read += consumed;
        }
        buffer.AsSpan(read, filled - read).CopyTo(buffer);
        return read == 0 && filled == buffer.Length ? 0 : filled - read;
    }

    private void Announce()
    {
        TaskCompletionSource message = _message;
        _message = new TaskCompletionSource();
        message.SetResult();
    }
}
