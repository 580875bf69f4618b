using FsCheck.Xunit;
using Simulation.Engine.Choices;
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
    [InlineData("v1-00000000000000ff", 255)]
    public void Seed_reads_as_a_token(string text, ulong seed) => Assert.Equal(seed, ReplayToken.Parse(text).Seed);

    [Fact]
    public void Token_is_one_shell_word() => Assert.Equal(
        "v1-000000000000002a-0x17,2,0x4", ReplayToken.Parse("v1-000000000000002a-0x17,2,0x4").ToString());

    [Theory]
    [InlineData("", "is no token")]
    [InlineData("hello", "is no token")]
    [InlineData("v1", "is no token")]
    [InlineData("x1-000000000000002a", "is no token")]
    [InlineData("v2-000000000000002a", "version 2; this build reads version 1")]
    [InlineData("v1-2a", "16 hexadecimal digits")]
    [InlineData("v1-000000000000002g", "16 hexadecimal digits")]
    [InlineData("v1-000000000000002a-1,,2", "choices cannot be read")]
    [InlineData("v1-000000000000002a-0x99999999", "choices cannot be read")]
    [InlineData("18446744073709551616", "is no token")]
    public void What_is_no_token_is_refused_with_a_sentence(string text, string reason)
    {
        FormatException error = Assert.Throws<FormatException>(() => ReplayToken.Parse(text));
        Assert.Contains(reason, error.Message);
        Assert.EndsWith(".", error.Message);
    }
}
