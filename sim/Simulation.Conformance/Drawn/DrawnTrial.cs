using System.Diagnostics;
using Simulation.Conformance.UnderTest;
using Simulation.Scenarios;

namespace Simulation.Conformance.Drawn;

/// <summary>Has a program under test carry out drawn scenarios.</summary>
/// <param name="program">The program.</param>
/// <param name="times">How often one is played that timing decides.</param>
internal sealed class DrawnTrial(IDestinationProgram program, int times)
{
    private readonly ConformanceJudge _judge = new(times);

    /// <summary>The program.</summary>
    public IDestinationProgram Program => program;

    /// <summary>Plays a scenario and judges what came of it.</summary>
    /// <param name="drawn">The scenario.</param>
    /// <param name="name">Its token or file.</param>
    public async Task<DrawnVerdict> JudgeAsync(ScenarioOptions drawn, string name)
    {
        long started = Stopwatch.GetTimestamp();
        DrawnVerdict verdict = await PlayAsync(drawn, name);
        return verdict with { Wall = Stopwatch.GetElapsedTime(started) };
    }

    private async Task<DrawnVerdict> PlayAsync(ScenarioOptions drawn, string name)
    {
        try
        {
            return ScenarioFit.WhyNot(drawn, program) is { } reason ? new(name, drawn.Seed, DrawnOutcome.NotApplicable, reason)
                : Sum(drawn, name, await _judge.JudgeAsync(program, DrawnCases.Of(drawn, name, program)));
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return new(name, drawn.Seed, DrawnOutcome.HarnessFailed, $"{failure.GetType().Name}: {failure.Message}");
        }
    }

    // What nothing listed explains comes first.
    private static DrawnVerdict Sum(ScenarioOptions drawn, string name, IReadOnlyList<ConformanceResult> results)
    {
        ConformanceResult? shown = results.FirstOrDefault(result => result.Verdict == ConformanceVerdict.HarnessFailed)
            ?? results.FirstOrDefault(result => result is { Verdict: ConformanceVerdict.Fail, KnownFault: null })
            ?? results.FirstOrDefault(result => result.Verdict == ConformanceVerdict.Fail)
            ?? results.FirstOrDefault(result => result.Verdict == ConformanceVerdict.NotSupported);
        DrawnOutcome outcome = shown switch
        {
            null => DrawnOutcome.Held,
            { Verdict: ConformanceVerdict.HarnessFailed } => DrawnOutcome.HarnessFailed,
            { Verdict: ConformanceVerdict.NotSupported } => DrawnOutcome.NotApplicable,
            { KnownFault: null } => DrawnOutcome.New,
            _ => DrawnOutcome.Listed,
        };
        return new(name, drawn.Seed, outcome, shown?.Message ?? "")
        {
            Property = outcome is DrawnOutcome.Listed or DrawnOutcome.New ? shown!.Property : null,
            KnownFault = shown?.KnownFault,
            Violations = shown?.Violations ?? 0,
            Runs = shown?.Runs ?? results.Max(result => result.Runs),
        };
    }
}
