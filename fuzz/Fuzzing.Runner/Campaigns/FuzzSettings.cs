namespace Fuzzing.Runner.Campaigns;

/// <summary>What a fuzzing session does.</summary>
internal sealed record FuzzSettings
{
    /// <summary>The target's name.</summary>
    public required string Target { get; init; }

    /// <summary>How long.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Most runs of each job; null for no limit.</summary>
    public long? Executions { get; init; }

    /// <summary>Processes.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Seeds the draws; the jobs have seeds of their own that follow it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How long one run may take.</summary>
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The folder of the corpus, which grows.</summary>
    public required string Corpus { get; init; }

    /// <summary>Folders of inputs to begin with.</summary>
    public required IReadOnlyList<string> Seeds { get; init; }

    /// <summary>The folder of the findings.</summary>
    public required string Findings { get; init; }

    /// <summary>A bug to plant in the destination first; null for none.</summary>
    public string? Bug { get; init; }

    /// <summary>Whether to write JSON.</summary>
    public bool Json { get; init; }
}
