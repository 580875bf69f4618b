using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Engine.Scheduling;
using Simulation.Scenarios;

namespace Simulation.Tests.Shrinking;

/// <summary>
/// A bug that needs both axes: the first block's task adds 1 to a counter for each of its pages, and at its third page lets another
/// task run between reading and writing. Each other block's task adds 1 once, early. It fails when an update was lost: neither in
/// plain order nor with the current task going on, and whatever the rest of the scenario is.
/// </summary>
internal sealed class RacingTasks
{
    public const int LeastPages = 3;

    private readonly SimulationLoop _loop = new();
    private int _counter;

    public ChoiceLog? Run(ScenarioOptions options, ChoiceLog? schedule)
    {
        _loop.Reset(options.Seed, StrategyCatalogue.Create(options.Strategy ?? "fifo", lengthInDecisions: 100), schedule);
        _counter = 0;
        if (options.Blocks.Count == 0)
            return null;
        int pages = options.Blocks[0].Pages;
        _loop.Spawn("slow", () => AddSlowly(pages));
        for (int i = 1; i < options.Blocks.Count; i++)
            _loop.Spawn("quick", AddOnce);
        _loop.Run(RunLimits.Default);
        return _counter == pages + options.Blocks.Count - 1 ? null : _loop.Choices.Recorded.Copy();
    }

    private async Task AddSlowly(int pages)
    {
        for (int page = 1; page <= pages; page++)
        {
            await _loop.Point("between pages");
            int read = _counter;
            if (page == LeastPages)
                await _loop.Point("between read and write");
            _counter = read + 1;
        }
    }

    private async Task AddOnce()
    {
        await _loop.Point("before the update");
        _counter++;
    }
}
