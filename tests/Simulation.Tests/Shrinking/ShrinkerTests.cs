using FsCheck.Xunit;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Options;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests.Shrinking;

[Properties(Arbitrary = [typeof(ScenarioArbitrary)], Replay = ScenarioArbitrary.Replay)]
public class ShrinkerTests
{
    private const int LeastPages = 17;

    private static readonly ChoiceLog NoDecisions = new();

    // Three conditions in three corners of a scenario: what is left must be they alone, each at its limit.
    [Property(MaxTest = 30)]
    public void Scenario_shrinks_to_what_the_failure_needs(ScenarioOptions drawn)
    {
        ScenarioOptions failing = drawn with
        {
            Blocks = [.. drawn.Blocks, new BlockOptions("needed", 400)],
            Faults = [.. drawn.Faults, new FaultOptions { Kind = FaultKind.Corrupt, OffsetBytes = 123_456, Mask = 0x40 }],
            Monitor = drawn.Monitor with { IsAwkward = true },
        };
        FailingCase smallest = new Shrinker((options, _) => Fails(options) ? NoDecisions : null)
            .Shrink(new FailingCase(failing, null))!;
        Assert.Equal(Expected(drawn.Seed, smallest.Options.Blocks[0].Name).ToJson(), smallest.Options.ToJson());
        Assert.Null(smallest.Choices);
    }

    [Property(MaxTest = 30)]
    public void Scenario_that_fails_whatever_it_is_shrinks_to_the_plainest(ScenarioOptions drawn)
    {
        FailingCase smallest = new Shrinker((_, _) => NoDecisions).Shrink(new FailingCase(drawn, null))!;
        Assert.Empty(ScenarioSimplifications.Of(smallest.Options));
        Assert.Equal(Plainest(drawn.Seed).ToJson(), smallest.Options.ToJson());
    }

    [Property(MaxTest = 300)]
    public void Race_shrinks_to_two_tasks_and_one_decision(ScenarioOptions drawn)
    {
        RacingTasks race = new();
        ScenarioOptions failing = drawn with
        {
            Blocks = [.. Enumerable.Range(0, 4).Select(i => new BlockOptions($"task{i}", 20 + i))],
            Strategy = "random",
        };
        while (race.Run(failing, null) is null)
            failing = failing with { Seed = unchecked(failing.Seed + 1) };
        FailingCase smallest = new Shrinker(race.Run).Shrink(new FailingCase(failing, null))!;
        Assert.NotNull(race.Run(smallest.Options, smallest.Choices));
        Assert.Equal([RacingTasks.LeastPages, 0], smallest.Options.Blocks.Select(block => block.Pages));
        Assert.Equal("continue", smallest.Options.Strategy);
        Assert.Single(smallest.Choices!.AsSpan().ToArray(), choice => choice.Value != 0);
        Assert.Empty(smallest.Options.Faults);
    }

    [Fact]
    public void Case_that_passes_is_not_shrunk() =>
        Assert.Null(new Shrinker((_, _) => null).Shrink(new FailingCase(ScenarioOptions.Draw(1), null)));

    [Fact]
    public void Shrinking_ends_after_its_runs_with_a_case_that_fails()
    {
        Shrinker shrinker = new((options, _) => Fails(options) ? NoDecisions : null, maximumRuns: 20);
        ScenarioOptions failing = ScenarioOptions.Draw(1) with
        {
            Blocks = [new BlockOptions("needed", 400)],
            Faults = [new FaultOptions { Kind = FaultKind.Corrupt, OffsetBytes = 123_456, Mask = 0x40 }],
            Monitor = new MonitorOptions { IsAwkward = true },
        };
        FailingCase smaller = shrinker.Shrink(new FailingCase(failing, null))!;
        Assert.Equal(20, shrinker.Runs);
        Assert.True(Fails(smaller.Options));
    }

    private static bool Fails(ScenarioOptions options) =>
        options.Blocks.Any(block => block.Pages >= LeastPages)
        && options.Faults.Any(fault => fault.Kind == FaultKind.Corrupt && fault.OffsetBytes >= 1000)
        && options.Monitor.IsAwkward;

    private static ScenarioOptions Expected(ulong seed, string block) => Plainest(seed) with
    {
        Blocks = [new BlockOptions(block, LeastPages)],
        Faults = [new FaultOptions { Kind = FaultKind.Corrupt, OffsetBytes = 1000, Mask = 1 }],
        Monitor = new MonitorOptions { IsAwkward = true },
    };

    private static ScenarioOptions Plainest(ulong seed) => new()
    {
        Seed = seed,
        Machine = new(),
        Blocks = [],
        Guest = new() { Content = Source.Guest.ContentMix.AllZero },
        Migration = new(),
        Link = Engine.Fabric.LinkOptions.Perfect,
        Monitor = new(),
    };
}
