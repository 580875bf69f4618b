using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>A name ends at its first NUL, wherever that stands.</summary>
public sealed class CStringTests
{
    [Theory]
    [InlineData("pc.ram", "pc.ram")]
    [InlineData("pc.ram\0rest", "pc.ram")]
    [InlineData("a\0b\0", "a")]
    [InlineData("\0pc.ram", "")]
    [InlineData("", "")]
    public void Name_ends_at_its_first_nul(string field, string name) =>
        Assert.Equal(name, CString.Text(System.Text.Encoding.UTF8.GetBytes(field)));
}
