using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Qapi;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>What happens goes to the monitors as events, and what is odd to stderr.</summary>
internal sealed class DaemonTrace(TimeProvider clock, MigrationCapabilities capabilities, DaemonLog log) : QmpEvents(clock, capabilities)
{
    /// <inheritdoc/>
    public override void ConnectionRefused(string channel, string reason) => log.Warn($"refused {channel}: {reason}");

    /// <inheritdoc/>
    public override void Warning(string message) => log.Warn($"warning: {message}");
}
