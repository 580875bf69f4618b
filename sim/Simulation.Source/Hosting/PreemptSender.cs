using Simulation.Source.Precopy;

namespace Simulation.Source.Hosting;

/// <summary>What serves the preempt channel: connects it, then sends one page after the other of those that are asked for.</summary>
/// <param name="source">Whose pages they are.</param>
/// <param name="host">Where it runs.</param>
/// <param name="connect">Makes a connection.</param>
internal sealed class PreemptSender(MigrationSource source, ISourceHost host, Func<ValueTask<ISourceChannel>> connect)
{
    private TaskCompletionSource _work = new();
    private ISourceChannel? _channel;
    private bool _ended;

    /// <summary>Goes on, if there may be something to send.</summary>
    public void Wake() => _work.TrySetResult();

    /// <summary>Ends, and closes the channel.</summary>
    public void End()
    {
        _ended = true;
        _channel?.Close();
        Wake();
    }

    /// <summary>Connects and serves, to the end.</summary>
    /// <param name="connected">Told when it is connected, or cannot be.</param>
    public async Task RunAsync(Action connected)
    {
        try
        {
            _channel = await connect();
            if (_ended)
            {
                _channel.Close();
                return;
            }

            source.PreemptConnected(_channel.Log);
            connected();
            while (!_ended)
            {
                await SendAsync(_channel);
                await _work.Task;
                _work = new TaskCompletionSource();
            }
        }
        catch (IOException broken)
        {
            if (_ended)
                return;
            source.Now = host.NowNanoseconds;
            source.Fail(broken.Message);
            connected();
        }
    }

    private async Task SendAsync(ISourceChannel channel)
    {
        source.Now = host.NowNanoseconds;
        while (!_ended && source.TryWriteUrgent())
        {
            await channel.WriteAsync(source.Preempt!.Pending);
            if (_ended)
                return;
            source.Preempt.Drain();
            source.Now = host.NowNanoseconds;
        }
    }
}
