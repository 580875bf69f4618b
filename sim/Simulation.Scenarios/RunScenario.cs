namespace Simulation.Scenarios;

/// <summary>Runs a scenario from its beginning, as <see cref="ScenarioRunner.Run"/> does.</summary>
/// <param name="options">The scenario, valid.</param>
/// <param name="request">How to run it.</param>
/// <returns>What it showed.</returns>
public delegate RunResult RunScenario(ScenarioOptions options, RunRequest request);
