namespace Simulation.Conformance.UnderTest;

/// <summary>Plays the cases to the programs under test, several at a time, and judges what they did.</summary>
/// <param name="programs">The programs.</param>
/// <param name="times">How often a case is played that timing decides.</param>
/// <param name="jobs">How many processes at a time.</param>
internal sealed class ConformanceSuite(IReadOnlyList<IDestinationProgram> programs, int times, int jobs)
{
    private readonly ConformanceJudge _judge = new(times);

    /// <summary>Plays them.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="told">Told of each result, in the order of the cases and the programs.</param>
    /// <param name="stop">Stops it.</param>
    public Task RunAsync(IReadOnlyList<ConformanceCase> cases, Action<ConformanceResult> told, CancellationToken stop) => new Lanes(jobs).RunAsync(
        cases.SelectMany(_ => programs, (played, program) => (Func<Task<IReadOnlyList<ConformanceResult>>>)(() => _judge.JudgeAsync(program, played))),
        limit: null,
        results =>
        {
            foreach (ConformanceResult result in results)
                told(result);
        },
        stop);
}
