using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Destination.Session;

/// <summary>A connection as a session serves it.</summary>
/// <param name="number">Its place in the order of accept, from 0.</param>
/// <param name="channel">The channel.</param>
/// <param name="sinceNanoseconds">When it was accepted.</param>
internal sealed class Connection(int number, MigrationChannel channel, long sinceNanoseconds)
{
    private int _isRefused;

    public int Number => number;

    public MigrationChannel Channel => channel;

    public long SinceNanoseconds => sinceNanoseconds;

    /// <summary>Completes when it is served, and the host has back what it took; complete where no listener accepted it.</summary>
    public Task Served { get; set; } = Task.CompletedTask;

    /// <summary>Turns the connection away; the first reason counts and is reported.</summary>
    /// <param name="trace">Where it is reported.</param>
    /// <param name="reason">Why, one clause.</param>
    public void Refuse(MigrationTrace trace, string reason)
    {
        if (Interlocked.Exchange(ref _isRefused, 1) != 0)
            return;
        trace.ConnectionRefused(channel.Name, reason);
        channel.Shutdown();
    }
}
