using FsCheck.Xunit;
using Simulation.Scenarios;
using Simulation.Scenarios.Shrinking;

namespace Simulation.Tests;

public class RecipeTests
{
    private static readonly Recipe Sample = Recipes.Of(ScenarioOptions.Draw(7), "0x17,2");

    [Property(Arbitrary = [typeof(ScenarioArbitrary)], Replay = ScenarioArbitrary.Replay)]
    public void Recipe_reads_back(ScenarioOptions options)
    {
        string json = Recipes.Of(options, "0x17,2").ToJson();
        Assert.Equal(json, Recipe.Parse(json).ToJson());
    }

    [Fact]
    public void Different_cases_have_different_names()
    {
        Assert.Matches("^Canary-[0-9a-f]{8}$", Sample.Name);
        Assert.NotEqual(Sample.Name, (Sample with { Options = ScenarioOptions.Draw(8) }).Name);
        Assert.NotEqual(Sample.Name, (Sample with { Choices = "0x16,2" }).Name);
        Assert.Equal(Sample.Name, (Sample with { Message = "another sentence" }).Name);
    }

    [Theory]
    [InlineData("\"format\": 1", "\"format\": 2", "format 2 is not 1")]
    [InlineData("\"pages\": ", "\"pages\": -", "pages")]
    [InlineData("0x17,2", "0x17,?", "is no decision")]
    [InlineData("\"check\"", "\"cheque\"", "cheque")]
    public void Recipe_that_cannot_be_replayed_is_refused_with_the_place(string good, string bad, string reason)
    {
        string json = Sample.ToJson();
        Assert.Contains(good, json);
        int at = json.IndexOf(good, StringComparison.Ordinal);
        string broken = json[..at] + bad + json[(at + good.Length)..];
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Recipe.Parse(broken)).Message);
    }

    [Fact]
    public void Recipe_that_another_generator_found_is_replayed()
    {
        string json = Sample.ToJson();
        Assert.Contains("v2-", json);
        Recipe read = Recipe.Parse(json.Replace("v2-", "v9-", StringComparison.Ordinal));
        Assert.StartsWith("v9-", read.FoundWith);
        Assert.Equal(Sample.Options.ToJson(), read.Options.ToJson());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void What_is_no_recipe_is_refused(string json) => Assert.Throws<FormatException>(() => Recipe.Parse(json));
}
