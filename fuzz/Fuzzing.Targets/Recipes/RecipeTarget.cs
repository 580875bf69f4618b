using Fuzzing.Engine;
using Simulation.Scenarios;

namespace Fuzzing.Targets.Recipes;

/// <summary>Bytes that become a scenario of the simulator.</summary>
internal sealed class RecipeTarget : FuzzTarget
{
    private ScenarioRunner _runner = new();

    public override string Name => "recipe";

    public override string Covers => "Whole simulated migrations: the bytes choose machine, guest, link, faults, strangers, monitor and schedule.";

    public override string Asserts => "Every check of the simulator.";

    public override int MaximumBytes => 512;

    // The first run of a process makes buffers that later ones use again, 39 MiB for a stream of six megabytes.
    public override long AllocationLimitBytes => 512 << 20;

    protected override void RunInput(ReadOnlyMemory<byte> input)
    {
        ScenarioOptions options = RecipeReader.Read(input.Span);
        if (options.Problem() is not null)
            return;
        RunResult result;
        try
        {
            result = _runner.Run(options);
        }
        catch
        {
            // Do not reuse a host after a run that failed.
            _runner = new ScenarioRunner();
            throw;
        }
        FindingException.Unless(
            result.Verdict == Verdict.Passed, result.Check ?? "the simulator works", $"{result.Message}\n{(result.Verdict == Verdict.Passed ? "" : options.ToJson())}");
    }
}
