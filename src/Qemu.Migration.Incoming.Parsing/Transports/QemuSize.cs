using System.Globalization;

namespace Qemu.Migration.Incoming.Transports;

/// <summary>Sizes as QEMU's command line takes them: <c>512</c>, <c>0x1000</c>, <c>4096K</c>, <c>1.5G</c>.</summary>
internal static class QemuSize
{
    private const string Suffixes = "BKMGTPE";

    /// <summary>Reads a size.</summary>
    /// <param name="text">The size.</param>
    /// <param name="defaultSuffix">What a number without suffix means: B, K, M ...</param>
    /// <param name="bytes">The size in bytes, not negative.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, char defaultSuffix, out long bytes)
    {
        bytes = 0;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return long.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes) && bytes >= 0;
        char suffix = defaultSuffix;
        if (text.Length > 0 && char.IsAsciiLetter(text[^1]))
        {
            suffix = char.ToUpperInvariant(text[^1]);
            text = text[..^1];
        }
        int power = Suffixes.IndexOf(suffix, StringComparison.Ordinal);
        if (power < 0
            || !decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number)
            || number > long.MaxValue / (1L << (10 * power)))
            return false;
        bytes = (long)(number * (1L << (10 * power)));
        return true;
    }

    /// <summary>Reads a size.</summary>
    /// <param name="text">The size.</param>
    /// <param name="defaultSuffix">What a number without suffix means.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="FormatException">It is none.</exception>
    public static long Parse(string text, char defaultSuffix) =>
        TryParse(text, defaultSuffix, out long bytes)
            ? bytes
            : throw new FormatException($"'{text}' is no size: a number with B, K, M, G or T");
}
