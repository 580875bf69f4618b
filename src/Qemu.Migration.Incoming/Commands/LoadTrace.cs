using Qemu.Migration.Destination.Hosting;

namespace Qemu.Migration.Incoming.Commands;

/// <summary>Tells on stderr which connections of a recording are not used.</summary>
internal sealed class LoadTrace : MigrationTrace
{
    /// <inheritdoc/>
    public override void ConnectionRefused(string channel, string reason) =>
        Console.Error.WriteLine($"incoming: warning: '{channel}' is not used: {reason}");
}
