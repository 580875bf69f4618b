using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Qmp;

namespace Simulation.Scenarios.Checks;

/// <summary>A file descriptor that a monitor passed is kept by the host or taken by the migration, or it is closed, once: by a command, in
/// favour of another, or when its client has gone without a command for it.</summary>
public sealed class DescriptorsAreClosedOnce : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.ReceivedDescriptors.Count > 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run))
            return null;
        QmpModel model = new(run);
        foreach (MonitorExchange exchange in run.Commands)
            model.Take(exchange);
        foreach (int descriptor in run.ReceivedDescriptors)
        {
            int closed = run.ClosedDescriptors.Count(one => one == descriptor);
            bool isKept = model.Descriptors.Has(descriptor) || model.Descriptors.Taken.Contains(descriptor);
            if (closed != (isKept ? 0 : 1) && !MayStillBeClosed(run, descriptor, closed))
                return $"descriptor {descriptor} was closed {closed} times and is {(isKept ? "in use" : "of no use")}";
        }

        return null;
    }

    // Its client went at the very end.
    private static bool MayStillBeClosed(RunObservation run, int descriptor, int closed) => closed == 0
        && run.Sessions.Exists(session => session.LooseDescriptor == descriptor
            && session.LeftNanoseconds >= run.EndNanoseconds - session.DelayNanoseconds);
}
