using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>A peer's text cannot do more in a terminal than be read (CWE-150).</summary>
public sealed class PeerTextTests
{
    [Theory]
    [InlineData("pc.ram", "pc.ram")]
    [InlineData("Größe 1", "Größe 1")]
    [InlineData("a\u001b[2Jb", "a\\u{1b}[2Jb")]
    [InlineData("line\r\nline", "line\\u{d}\\u{a}line")]
    [InlineData("\u009b31m", "\\u{9b}31m")]
    [InlineData("a\u202eb", "a\\u{202e}b")]
    [InlineData("\0", "\\u{0}")]
    public void Text_is_escaped_where_a_terminal_would_act_on_it(string text, string escaped) => Assert.Equal(escaped, PeerText.Escape(text));

    [Fact]
    public void Half_a_character_is_replaced() => Assert.Equal("\ufffdx", PeerText.Escape("\ud800x"));

    [Fact]
    public void Text_without_end_is_cut() =>
        Assert.Equal(new string('x', Limits.PeerTextCharacters) + "…", PeerText.Escape(new string('x', 1 << 20)));

    [Fact]
    public void Error_with_a_peers_names_is_escaped()
    {
        string name = "ram\u001b]0;owned\a";
        StreamError error = new StreamError(StreamErrorCode.UnknownBlock, 8, $"the unknown block '{name}'") { Section = name }.WithBlock(name);
        Assert.DoesNotContain(error.Message, char.IsControl);
        Assert.EndsWith("at offset 8 (0x8)", error.Message);
    }
}
