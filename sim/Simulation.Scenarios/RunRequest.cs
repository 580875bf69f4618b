using Simulation.Engine.Choices;

namespace Simulation.Scenarios;

/// <summary>How to run a scenario.</summary>
public sealed record RunRequest
{
    /// <summary>Decisions to take again, loosely; null for those of the scenario's own seed.</summary>
    public ChoiceLog? Schedule { get; init; }

    /// <summary>Whether the events are kept, to be read.</summary>
    public bool RetainTrace { get; init; }

    /// <summary>Whether what the run leaves behind is hashed, so that it can be compared byte for byte.</summary>
    public bool HashesContent { get; init; }

    /// <summary>The last step to take; null for the whole run. A run that was cut short is not judged.</summary>
    public long? UntilStep { get; init; }
}
