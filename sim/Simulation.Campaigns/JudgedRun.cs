using Simulation.Scenarios;

namespace Simulation.Campaigns;

/// <summary>What a campaign keeps of a run: its verdict, the determinism gate included, and its figures.</summary>
public sealed record JudgedRun
{
    /// <summary>The seed it ran from.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Passed, violated, or the harness failed.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The property that was violated, or null.</summary>
    public string? Check { get; init; }

    /// <summary>One sentence about what was wrong, or null.</summary>
    public string? Message { get; init; }

    /// <summary>Whether the determinism gate chose it.</summary>
    public bool WasDoneTwice { get; init; }

    /// <summary>Virtual time at the end, in nanoseconds.</summary>
    public long VirtualNanoseconds { get; init; }

    /// <summary>Steps of all logical tasks.</summary>
    public long Steps { get; init; }

    /// <summary>Events in the trace, kept or not.</summary>
    public long Events { get; init; }

    /// <summary>The hash of everything that happened: equal for equal runs.</summary>
    public ulong TraceHash { get; init; }

    /// <summary>How long it took by the wall clock, when it was done twice both together.</summary>
    public TimeSpan Wall { get; init; }

    /// <summary>The ids of the probes that fired.</summary>
    public IReadOnlyList<int> Probes { get; init; } = [];

    /// <summary>The checks that had something to judge, a bit for each in their order.</summary>
    public ulong AppliedChecks { get; init; }

    /// <summary>What a guided campaign has not seen of this worker before; empty in others.</summary>
    public IReadOnlyList<ulong> NewFeatures { get; init; } = [];

    /// <summary>The decisions of a run that did not pass, as a recipe has them; null otherwise.</summary>
    public string? Choices { get; init; }

    /// <summary>The finding, where the run did not pass.</summary>
    public CampaignFinding? Finding => Verdict == Verdict.Passed ? null : new(Seed, Verdict, Check, Message);

    /// <summary>What is kept of a run.</summary>
    /// <param name="result">The run.</param>
    /// <returns>Its verdict and figures.</returns>
    public static JudgedRun Of(RunResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new()
        {
            Seed = result.Seed,
            Verdict = result.Verdict,
            Check = result.Check,
            Message = result.Message,
            VirtualNanoseconds = result.VirtualNanoseconds,
            Steps = result.Steps,
            Events = result.Events,
            TraceHash = result.TraceHash,
            Probes = result.Probes.Fired(),
            AppliedChecks = result.AppliedChecks,
            Choices = result.Verdict == Verdict.Passed ? null : result.Choices.Format(),
        };
    }
}
