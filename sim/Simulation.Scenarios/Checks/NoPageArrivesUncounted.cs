using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Memory;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>The pages marked as received when everything has come to rest are as many as the final figures say: none is written by a
/// channel after the end was declared, none is lost between tasks (stream reference, sections 8.5, O5, and 10.1, V8).</summary>
public sealed class NoPageArrivesUncounted : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        (run.FinalStatus.IsTerminal() || run.FinalStatus == MigrationStatus.PostcopyPaused) && run.Activation is not null && run.Memory is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        if (!AppliesTo(run) || run.Memory is null)
            return null;
        long marked = 0;
        foreach (RamBlock block in run.Memory.Blocks)
            marked += block.Received.Count();
        long counted = run.FinalStatistics.UniquePages;
        return marked == counted ? null : $"{marked} pages are marked as received and {counted} were counted by the end";
    }
}
