namespace Simulation.PlantedBugs;

/// <summary>What it takes to meet a bug.</summary>
public enum BugKind
{
    /// <summary>The right stream is enough, whoever runs first.</summary>
    Sequential,

    /// <summary>It also takes the right order of tasks, connections or commands.</summary>
    Concurrency,

    /// <summary>The destination waits for ever, so that a run that does not end is its finding.</summary>
    Hang,
}

/// <summary>A bug, as one edit of the destination's source.</summary>
public sealed record PlantedBug
{
    /// <summary>Its name: lower case words with hyphens, as <c>zero-page-lost</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What is wrong, one clause.</summary>
    public required string Title { get; init; }

    /// <summary>Where it comes from: an item of the stream reference, as <c>T1</c>, <c>L7</c> or <c>9.2 #53</c>, or <c>slip</c>.</summary>
    public required string Source { get; init; }

    /// <summary>What it takes to meet it.</summary>
    public BugKind Kind { get; init; }

    /// <summary>The file, from the root of the repository: <c>src/Qemu.Migration.Destination/Loading/RamLoader.cs</c>.</summary>
    public required string File { get; init; }

    /// <summary>Text that occurs in the file exactly once.</summary>
    public required string Snippet { get; init; }

    /// <summary>What stands there instead.</summary>
    public required string Replacement { get; init; }

    /// <summary>Why neither simulated runs nor schedules find it, one sentence; null for a bug that must be found.</summary>
    public string? BlindSpot { get; init; }
}

/// <summary>A bug cannot be planted: its snippet does not occur exactly once, or what results does not compile. The catalogue has to
/// follow the source.</summary>
/// <param name="message">Which bug, and why.</param>
public sealed class PlantingException(string message) : Exception(message);
