using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Wire;
using TestKit;

namespace Destination.Tests;

/// <summary>What a stream fails with.</summary>
internal static class Failure
{
    /// <summary>Loads a stream that must fail.</summary>
    public static async Task<StreamError> OfAsync(MachineProfile machine, StreamBuilder stream, MigrationCapabilities? capabilities = null)
    {
        using TestKit.Destination destination = new(machine, capabilities);
        await destination.LoadAsync(stream.ToArray());
        return Assert.IsType<StreamError>(destination.Migration.State.Error);
    }
}
