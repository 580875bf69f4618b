using Simulation.Source.Savevm;

namespace Simulation.Source.Hosting;

/// <summary>The thread of a multifd channel: sends what is pending, then waits for more.</summary>
internal sealed class ChannelSender
{
    private readonly StreamBuffer _output;
    private readonly ISourceChannel _channel;
    private TaskCompletionSource _work = new();
    private TaskCompletionSource _idle = new();
    private bool _ended;

    public ChannelSender(StreamBuffer output, ISourceChannel channel)
    {
        _output = output;
        _channel = channel;
        _idle.SetResult();
    }

    /// <summary>Why the channel broke, or null.</summary>
    public IOException? Broken { get; private set; }

    /// <summary>Done when nothing is left to send, or nothing can be sent any more.</summary>
    public Task Idle => _idle.Task;

    /// <summary>Starts sending if there is something to send and nothing under way.</summary>
    public void Wake()
    {
        if (!Idle.IsCompleted || _output.PendingCount == 0 || Broken is not null)
            return;
        _idle = new TaskCompletionSource();
        _work.SetResult();
    }

    /// <summary>Ends the thread once it is idle.</summary>
    public void End()
    {
        _ended = true;
        _work.TrySetResult();
    }

    public async Task RunAsync()
    {
        while (Broken is null)
        {
            await _work.Task;
            if (_ended)
                return;
            _work = new TaskCompletionSource();
            try
            {
                await _channel.WriteAsync(_output.Pending);
                _output.Drain();
            }
            catch (IOException broken)
            {
                Broken = broken;
            }
            _idle.SetResult();
        }
    }
}
