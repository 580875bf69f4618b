using Qemu.Migration.Destination.Postcopy;

namespace Qemu.Migration.Destination.Hosting;

/// <summary>
/// What the guest does once it runs here while some of its pages are still at the source (postcopy). It is a program in place of a
/// processor: each virtual CPU is a task that touches pages, and waits for those that are missing.
/// </summary>
public abstract class GuestProgram
{
    /// <summary>How many virtual CPUs there are.</summary>
    public abstract int VcpuCount { get; }

    /// <summary>Runs one virtual CPU: a task that <see cref="DestinationEnvironment.Spawn"/> started when RUN had come, named
    /// <c>vcpu/N</c>.</summary>
    /// <param name="cpu">Its access to memory.</param>
    /// <returns>Completes when it has nothing left to do, or an access said that there is no guest any more.</returns>
    public abstract Task RunAsync(GuestCpu cpu);
}
