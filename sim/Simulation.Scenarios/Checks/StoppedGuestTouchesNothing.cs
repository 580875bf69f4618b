using Qemu.Migration.Destination.Machine;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>A stopped guest neither reads nor writes. An access that waited for its page when the guest stopped waits until it runs again.</summary>
public sealed class StoppedGuestTouchesNothing : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Accesses.Count > 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (GuestAccess access in run.Accesses)
        {
            if (access.IsGivenUp || access.EndNanoseconds is null)
                continue;
            RunState state = run.RunStates.FindLast(change => change.Order < access.EndOrder).To;
            if (state != RunState.Running)
            {
                return $"virtual CPU {access.Vcpu} {(access.IsWrite ? "wrote" : "read")} page {access.Page} of block '{access.Block}' at "
                    + $"{access.EndNanoseconds} ns, and the guest was {state}";
            }
        }

        return null;
    }
}
