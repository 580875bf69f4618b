using FsCheck.Xunit;
using Simulation.Engine.Choices;
using Simulation.Scenarios;
using Simulation.Scenarios.Tokens;

namespace Simulation.Tests;

public class TokenTests
{
    [Property(Replay = ScenarioArbitrary.Replay)]
    public void Token_of_a_seed_reads_back(ulong seed)
    {
        ReplayToken token = ReplayToken.Parse(new ReplayToken(seed).ToString());
        Assert.Equal(seed, token.Seed);
        Assert.Null(token.Choices);
    }

    [Property(Replay = ScenarioArbitrary.Replay)]
    public void Token_with_decisions_reads_back(ulong seed, byte[] values)
    {
        ChoiceLog choices = new();
        foreach (byte value in values)
            choices.Add(new Choice("site", 256, value));
        ReplayToken token = ReplayToken.Parse(new ReplayToken(seed, choices).ToString());
        Assert.Equal(seed, token.Seed);
        Assert.Equal(choices.FormatValues(), token.Choices!.FormatValues());
        Assert.Equal(values.Length, token.Choices.Count);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0xff", 255)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData($"v2-{ScenarioOptions.Generator}-00000000000000ff", 255)]
    public void Seed_reads_as_a_token(string text, ulong seed) => Assert.Equal(seed, ReplayToken.Parse(text).Seed);

    [Fact]
    public void Token_is_one_shell_word() => Assert.Equal(
        $"v2-{ScenarioOptions.Generator}-000000000000002a-0x17,2,0x4",
        ReplayToken.Parse($"v2-{ScenarioOptions.Generator}-000000000000002a-0x17,2,0x4").ToString());

    [Theory]
    [InlineData("v1-000000000000002a", "v1")]
    [InlineData("v3-ffff-000000000000002a", "v3")]
    [InlineData("v2-wxyz-000000000000002a-0x17,2", "wxyz")]
    public void Token_of_another_generator_says_so_and_what_to_do(string text, string generator)
    {
        FormatException error = Assert.Throws<FormatException>(() => ReplayToken.Parse(text));
        Assert.Contains($"was printed by generator {generator}; this build is generator {ScenarioOptions.Generator}", error.Message);
        Assert.Contains("Replay the case that was stored with the finding", error.Message);
    }

    [Theory]
    [InlineData("", "is no token")]
    [InlineData("hello", "is no token")]
    [InlineData("v2", "is no token")]
    [InlineData("x2-000000000000002a", "is no token")]
    [InlineData($"v2-{ScenarioOptions.Generator}", "16 hexadecimal digits")]
    [InlineData($"v2-{ScenarioOptions.Generator}-2a", "16 hexadecimal digits")]
    [InlineData($"v2-{ScenarioOptions.Generator}-000000000000002g", "16 hexadecimal digits")]
    [InlineData($"v2-{ScenarioOptions.Generator}-000000000000002a-1,,2", "choices cannot be read")]
    [InlineData($"v2-{ScenarioOptions.Generator}-000000000000002a-0x99999999", "choices cannot be read")]
    [InlineData("18446744073709551616", "is no token")]
    public void What_is_no_token_is_refused_with_a_sentence(string text, string reason)
    {
        FormatException error = Assert.Throws<FormatException>(() => ReplayToken.Parse(text));
        Assert.Contains(reason, error.Message);
        Assert.EndsWith(".", error.Message);
    }
}
