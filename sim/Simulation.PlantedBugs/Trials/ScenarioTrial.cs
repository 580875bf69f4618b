using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;
using Simulation.Scenarios.Tokens;

namespace Simulation.PlantedBugs.Trials;

/// <summary>
/// The simulator as a planted world is asked for it: bind <see cref="Open"/> there, then judge seeds on one thread. All that crosses is
/// made of the platform's types.
/// </summary>
public static class ScenarioTrial
{
    /// <summary>Makes a simulator that is used again and again by one thread.</summary>
    /// <returns>Runs what a seed draws: the name of the verdict, the check that was violated or null, one sentence about it or null,
    /// and the hash of everything that happened.</returns>
    public static Func<ulong, (string Verdict, string? Check, string? Message, ulong TraceHash)> Open()
    {
        ScenarioRunner runner = new();
        return seed =>
        {
            try
            {
                RunResult result = runner.Run(ScenarioOptions.Draw(seed));
                return (result.Verdict.ToString(), result.Check, result.Message, result.TraceHash);
            }
            catch (Exception crash) when (crash is not OutOfMemoryException)
            {
                // A crash of the harness is no verdict on the destination, and the end of this simulator.
                runner.Dispose();
                runner = new ScenarioRunner();
                return (nameof(Verdict.HarnessFailed), null, crash.Message, 0);
            }
        };
    }

    /// <summary>Runs a scenario once.</summary>
    /// <param name="optionsJson">The scenario.</param>
    /// <param name="choices">The decisions of its schedule, as a recipe has them; null where its strategy decides.</param>
    /// <returns>The name of the verdict, the check that was violated or null, and one sentence about it or null.</returns>
    public static (string Verdict, string? Check, string? Message) Replay(string optionsJson, string? choices)
    {
        using ScenarioRunner runner = new();
        RunRequest request = new() { Schedule = choices is null ? null : ChoiceLog.Parse(choices) };
        RunResult result = runner.Run(ScenarioOptions.FromJson(optionsJson), request);
        return (result.Verdict.ToString(), result.Check, result.Message);
    }

    /// <summary>Shrinks what a seed found.</summary>
    /// <param name="seed">A seed whose run does not pass.</param>
    /// <param name="maximumRuns">How many runs it may take.</param>
    /// <returns>The smallest case as a recipe's JSON; how many page records its stream has for the destination to read, on all channels;
    /// how many decisions of its schedule are no "go on with the current task"; and the runs it took. Null when the run passes.</returns>
    public static (string RecipeJson, long Records, int Decisions, int Runs)? Shrink(ulong seed, int maximumRuns)
    {
        using ScenarioRunner runner = new();
        (Recipe Recipe, int Runs)? shrunk = ScenarioShrinking.Shrink(
            runner.Run, new FailingCase(ScenarioOptions.Draw(seed), null), new ReplayToken(seed).ToString(), maximumRuns);
        if (shrunk is not { } smallest)
            return null;
        ChoiceLog? choices = smallest.Recipe.ToChoices();
        runner.Run(smallest.Recipe.Options, new RunRequest { Schedule = choices });
        int decisions = 0;
        for (int i = 0; i < choices?.Count; i++)
            decisions += choices[i].Value == 0 ? 0 : 1;
        return (smallest.Recipe.ToJson(), runner.Observation.Oracle?.PageRecords ?? 0, decisions, smallest.Runs);
    }
}
