using Simulation.Engine.Choices;

namespace Simulation.Engine.Tests.Choices;

public sealed class ChoiceTapeTests
{
    [Fact]
    public void Replay_takes_the_recorded_values_and_ignores_the_proposals()
    {
        var tape = new ChoiceTape();
        tape.Reset(new ChoiceLog([new Choice("a", 3, 2), new Choice("b", 2, 1)]));

        Assert.Equal((2, 1), (tape.Decide("a", 3, 0), tape.Decide("b", 2, 0)));
        Assert.Null(tape.FirstDivergence);
        Assert.Equal(0, tape.Decide("c", 2, 0));
        Assert.Null(tape.FirstDivergence);
    }

    [Theory]
    [InlineData("other", 3)]
    [InlineData("a", 4)]
    public void Decision_that_does_not_fit_is_proposed_anew_and_reported_first(string site, int bound)
    {
        var tape = new ChoiceTape();
        tape.Reset(new ChoiceLog([.. Enumerable.Repeat(new Choice("a", 3, 2), 4)]));

        int[] taken = [tape.Decide("a", 3, 0), tape.Decide(site, bound, 1), tape.Decide("a", 3, 0), tape.Decide(site, bound, 1)];

        Assert.Equal([2, 1, 2, 1], taken);
        Assert.Equal(1, tape.FirstDivergence?.Index);
        Assert.Equal(0, tape.UnusedCount);
    }

    [Fact]
    public void Edited_decision_without_site_and_bound_fits_wherever_its_value_does()
    {
        var tape = new ChoiceTape();
        tape.Reset(new ChoiceLog([new Choice(null, 0, 2), new Choice(null, 0, 2)]));

        Assert.Equal(2, tape.Decide("x", 3, 0));
        Assert.Equal(0, tape.Decide("x", 2, 0));
        Assert.Equal(1, tape.FirstDivergence?.Index);
    }

    [Fact]
    public void Log_being_recorded_cannot_be_replayed()
    {
        var tape = new ChoiceTape();
        Assert.Throws<ArgumentException>(() => tape.Reset(tape.Recorded));
    }

    [Theory]
    [InlineData("", new int[0])]
    [InlineData("3", new[] { 3 })]
    [InlineData("0x4,2,1x2,0x2", new[] { 0, 0, 0, 0, 2, 1, 1, 0, 0 })]
    public void Values_come_back_from_their_text(string text, int[] values)
    {
        ChoiceLog log = ChoiceLog.Parse(text);

        Assert.Equal(values, log.AsSpan().ToArray().Select(choice => choice.Value));
        Assert.Equal(text, log.FormatValues());
    }

    [Fact]
    public void Decisions_come_back_from_their_text_with_their_places()
    {
        Choice read = new("channel.read", 3, 0);
        ChoiceLog log = new([read, read, new Choice("monitor", 3, 2), new Choice(null, 0, 1)]);

        Assert.Equal("0x2/3@channel.read,2/3@monitor,1", log.Format());
        Assert.Equal(log.AsSpan().ToArray(), ChoiceLog.Parse(log.Format()).AsSpan().ToArray());
    }

    [Fact]
    public void Divergence_says_what_was_recorded_and_where_the_run_is_instead()
    {
        var tape = new ChoiceTape();
        tape.Reset(ChoiceLog.Parse("0,2/3@a"));
        tape.Decide("a", 2, 0);
        tape.Decide("b", 2, 0);

        Assert.Equal("decision 1 was way 2 of 3 at a and is one of 2 at b", tape.FirstDivergence?.ToString());
    }

    [Theory]
    [InlineData("1/2")]
    [InlineData("1/@a")]
    [InlineData("1/2@")]
    [InlineData("x")]
    [InlineData("1,,2")]
    [InlineData("-1")]
    [InlineData("1x")]
    [InlineData("0x99999999")]
    [InlineData("0x1048576,1")]
    public void Text_that_is_no_log_is_refused(string text) => Assert.Throws<FormatException>(() => ChoiceLog.Parse(text));
}
