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
    /// <param name="announce">Called when it is connected or cannot be, and when its end is sent: main may go on.</param>
    public async Task RunAsync(Action announce)
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
            announce();
            while (!_ended)
            {
                await SendAsync(_channel, announce);
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
            announce();
        }
    }

    private async Task SendAsync(ISourceChannel channel, Action announce)
    {
        source.Now = host.NowNanoseconds;
        while (!_ended && source.TryWriteUrgent())
        {
            bool isEnding = source.IsPreemptEnding;
            await channel.WriteAsync(source.Preempt!.Pending);
            if (_ended)
                return;
            source.Preempt.Drain();
            source.Now = host.NowNanoseconds;
            if (isEnding && !source.IsPreemptEnding)
                announce();
        }
    }
}
