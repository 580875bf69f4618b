using Simulation.Scenarios.Observing;

namespace Simulation.Scenarios.Checks;

/// <summary>A client that is no source is turned away and changes nothing; the source itself is turned away only where its first bytes
/// did not come, or came when there was nothing to migrate any more (stream reference, section 9.1, L5 and L6).</summary>
public sealed class StrangersAreRefused : ICheck
{
    /// <inheritdoc/>
    public bool AppliesTo(RunObservation run) => run.Streams.Count > 0;

    /// <inheritdoc/>
    public string? Judge(RunObservation run)
    {
        foreach (ReceivedStream stream in run.Streams)
        {
            bool isStranger = stream != run.Main && !run.Channels.Contains(stream) && !stream.IsOfPostcopy;
            bool isRefused = run.Refused.Contains(stream.Name);
            if (isStranger && stream.IsDone && !isRefused)
                return $"connection '{stream.Name}' is no migration and was not refused";
            if (stream.IsLate && stream.IsDone && !isRefused)
                return $"connection '{stream.Name}' came after the end and was not refused";
            if (stream == run.Main && isRefused && run.Activation is not null)
                return "the main channel was refused and the migration became active";
        }

        return null;
    }
}
