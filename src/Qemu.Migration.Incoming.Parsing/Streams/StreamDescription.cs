using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;

namespace Qemu.Migration.Incoming.Streams;

/// <summary>What a stream, or its recording, says of the machine that it comes from.</summary>
/// <param name="Machine">The machine, as far as it is known.</param>
/// <param name="Capabilities">The capabilities that the destination must have.</param>
/// <param name="Parameters">The parameters.</param>
/// <param name="Problem">Why the description is not complete, one clause; null when it is.</param>
internal sealed record StreamDescription(
    MachineProfile Machine, MigrationCapabilities Capabilities, MigrationParameters Parameters, string? Problem);
