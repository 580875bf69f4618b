using FsCheck.Xunit;
using Simulation.Engine.Choices;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests.Shrinking;

public class ScheduleReductionTests
{
    [Theory]
    [InlineData(new int[] { }, "")]
    [InlineData(new[] { 17 }, "0x17,1")]
    [InlineData(new[] { 17, 40 }, "0x17,1,0x22,1")]
    [InlineData(new[] { 0, 1, 2 }, "1x3")]
    [InlineData(new[] { 0, 199 }, "1,0x198,1")]
    public void Only_the_decisions_that_matter_are_left(int[] needed, string expected)
    {
        ChoiceLog minimum = ScheduleReduction.Minimise(
            Repeated(200, 5), choices => needed.All(index => index < choices.Count && choices[index].Value != 0));
        Assert.Equal(expected, minimum.FormatValues());
    }

    [Property(Replay = ScenarioArbitrary.Replay)]
    public void A_value_becomes_the_least_that_fails(byte index, byte least)
    {
        int required = 1 + (least % 8);
        ChoiceLog minimum = ScheduleReduction.Minimise(
            Repeated(256, 9), choices => index < choices.Count && choices[index].Value >= required);
        Assert.Equal(index + 1, minimum.Count);
        Assert.Equal(required, minimum[index].Value);
        Assert.Equal(required, minimum.AsSpan().ToArray().Sum(choice => choice.Value));
    }

    // Each round of delta debugging alone would stop here: the first decision is free only when the last is lower.
    [Fact]
    public void Lowering_one_value_may_free_another_decision()
    {
        ChoiceLog minimum = ScheduleReduction.Minimise(
            Repeated(2, 3),
            choices => choices.Count == 2 && (choices[1].Value == 1 || (choices[1].Value == 3 && choices[0].Value != 0)));
        Assert.Equal("0,1", minimum.FormatValues());
    }

    [Fact]
    public void Reduction_takes_few_runs()
    {
        int runs = 0;
        ScheduleReduction.Minimise(Repeated(10_000, 1), choices =>
        {
            runs++;
            return choices.Count > 5_000 && choices[5_000].Value == 1;
        });
        Assert.InRange(runs, 1, 100);
    }

    [Theory]
    [InlineData("", "current task everywhere")]
    [InlineData("0x9", "current task everywhere")]
    [InlineData("0x17,2,0x4", "current task everywhere except at decision 17")]
    [InlineData("1,0,2", "current task everywhere except at decisions 0, 2")]
    public void Schedule_is_said_in_words(string choices, string expected) =>
        Assert.Equal(expected, ScheduleReduction.Describe(ChoiceLog.Parse(choices)));

    private static ChoiceLog Repeated(int count, int value)
    {
        ChoiceLog log = new();
        for (int i = 0; i < count; i++)
            log.Add(new Choice("site", value + 1, value));
        return log;
    }
}
