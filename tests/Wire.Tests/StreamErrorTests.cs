using System.Globalization;
using Qemu.Migration.Wire;

namespace Wire.Tests;

/// <summary>The sentence that a user reads of bad bytes.</summary>
public sealed class StreamErrorTests
{
    private static readonly StreamError Error = new(StreamErrorCode.UnknownBlock, 0x1f0, $"there is no block of {1.5} pages");

    [Fact]
    public void Outside_sections_the_sentence_has_cause_and_offset() =>
        Assert.Equal("there is no block of 1.5 pages, at offset 496 (0x1f0)", Error.Message);

    [Fact]
    public void Block_and_channel_are_named() => Assert.Equal(
        "there is no block of 1.5 pages, block 'pc.ram', channel multifd 3, at offset 496 (0x1f0)", Error.WithChannel("multifd 3", "pc.ram").Message);

    [Fact]
    public void Section_and_block_are_named()
    {
        StreamError error = new StreamError(StreamErrorCode.UnknownBlock, 8, $"the flags are wrong") { Section = "ram" }.WithBlock("vga.vram");
        Assert.Equal("the flags are wrong in section 'ram', block 'vga.vram', at offset 8 (0x8)", error.Message);
        Assert.Equal("UnknownBlock: " + error.Message, error.ToString());
    }

    [Fact]
    public void Numbers_are_written_the_same_in_every_country()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = "," } };
            Assert.StartsWith("there is no block of 1.5 pages", Error.Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
