using Qemu.Migration.Wire;
using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>Who reads why a migration failed can tell a connection that broke from a source that ended too early: the first is named a
/// failed channel, the second a truncated stream.</summary>
public sealed class FailureIsNoEnd : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) =>
        !run.Options.Migration.Multifd && run.Main is not null && run.Error is not null;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        // Where several channels are read, the one that broke may not be the one that is named.
        if (run.Options.Migration.Multifd || run.Options.Migration.Postcopy is not null || run.Main is not { } main || run.Error is not { } error)
            return null;
        return error.Code switch
        {
            StreamErrorCode.Truncated when main.HasFailed => $"the connection broke after {main.Count} bytes and the error is '{error}'",
            StreamErrorCode.ChannelFailed when !main.HasFailed && run.Options.Migration.Transport != Options.Transport.File =>
                $"the connection ended after {main.Count} bytes without a failure and the error is '{error}'",
            _ => null,
        };
    }
}
