using Fuzzing.Runner.Output;

namespace Fuzzing.Runner.Campaigns;

/// <summary>What a target has had of the time that all targets share, and what it brought.</summary>
/// <param name="settings">How it is fuzzed.</param>
/// <param name="findings">Where its findings are told.</param>
internal sealed class TargetShare(FuzzSettings settings, FindingReport findings)
{
    /// <summary>How it is fuzzed.</summary>
    public FuzzSettings Settings => settings;

    /// <summary>Its findings.</summary>
    public FindingReport Findings => findings;

    /// <summary>How often it had its turn.</summary>
    public int Turns { get; private set; }

    /// <summary>The number of its last turn among those of all targets.</summary>
    public int LastTurn { get; private set; }

    /// <summary>Seconds of its turns.</summary>
    public double Seconds { get; private set; }

    /// <summary>Runs.</summary>
    public long Executions { get; private set; }

    /// <summary>Blocks and features reached.</summary>
    public (long Blocks, long Features) Reached { get; private set; }

    /// <summary>New features a second, of which the last turn counts half and each before it half of what is left.</summary>
    public double Yield { get; private set; }

    /// <summary>Adds a turn.</summary>
    /// <param name="number">Its number among those of all targets.</param>
    /// <param name="seconds">How long it took.</param>
    /// <param name="line">Where it ended.</param>
    /// <param name="featuresBefore">Features that the corpus had when it began.</param>
    public void Add(int number, double seconds, ProgressLine line, long featuresBefore)
    {
        double yield = Math.Max(0, line.Features - featuresBefore) / seconds;
        Yield = Turns == 0 ? yield : (Yield + yield) / 2;
        Turns++;
        LastTurn = number;
        Seconds += seconds;
        Executions += line.Executions;
        Reached = (line.Blocks, line.Features);
    }

    /// <summary>Whose turn is next: whoever had none; else who brings most, and each fourth time who has waited longest, as what was
    /// exhausted may bring something again.</summary>
    /// <param name="shares">All targets.</param>
    /// <param name="number">The number of the turn, from 0.</param>
    public static TargetShare Next(IReadOnlyList<TargetShare> shares, int number) =>
        shares.FirstOrDefault(share => share.Turns == 0)
            ?? (number % 4 == 3 ? shares.MinBy(share => share.LastTurn)! : shares.MaxBy(share => share.Yield)!);
}
