using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>Tells on stderr which connections of a recording are not used.</summary>
/// <param name="silent">Connections of which nothing is to be said: nothing ever came on them.</param>
internal sealed class LoadTrace(IEnumerable<string> silent) : MigrationTrace
{
    /// <inheritdoc/>
    public override void ConnectionRefused(string channel, string reason)
    {
        if (!silent.Contains(channel, StringComparer.Ordinal))
            Console.Error.WriteLine($"incoming: warning: '{channel}' is not used: {reason}");
    }
}
