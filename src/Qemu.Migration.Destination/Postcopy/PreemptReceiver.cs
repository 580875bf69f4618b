using Qemu.Migration.Destination.Loading;
using Qemu.Migration.Wire;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>
/// postcopy_preempt_thread: the channel for urgent pages, those that the guest waits for (capability <c>postcopy-preempt</c>, stream
/// reference, section 6.4). It has records like main's, and no header:
/// <code>
/// { record }*  [EOS]
/// </code>
/// </summary>
/// <param name="reader">The channel.</param>
/// <param name="session">The migration.</param>
internal sealed class PreemptReceiver(QemuFileReader reader, LoadSession session)
{
    private readonly TaskCompletionSource _ended = NewSignal();

    /// <summary>Completes when no page comes on this channel any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Receives until the channel ends.</summary>
    /// <returns>Why it ended; null where the source said so (EOS, <c>x-preempt-pre-7-2</c>).</returns>
    public async Task<StreamError?> RunAsync()
    {
        session.State.Attach(reader);
        StreamError? error = await new PostcopyRamReader(reader, session, session.State.PreemptCounters, null, "preempt").LoadAsync();
        session.State.Detach(reader);
        return error;
    }

    /// <summary>Everything that is to be done about the channel's end has been done.</summary>
    public void Leave() => _ended.TrySetResult();
}
