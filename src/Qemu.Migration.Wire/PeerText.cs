using System.Globalization;
using System.Text;

namespace Qemu.Migration.Wire;

/// <summary>Text that a peer chose, made fit for a terminal, a log or an error message: every such text passes here.</summary>
public static class PeerText
{
    /// <summary>Escapes what a terminal would act on, and cuts off what is too long.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>Text without control characters and others that cannot be seen or change the direction of text: each is written as
    /// <c>\u{…}</c>; a lone surrogate becomes U+FFFD. At most <see cref="Limits.PeerTextCharacters"/> characters of <paramref name="text"/> are kept; an ellipsis
    /// stands for the others.</returns>
    public static string Escape(string text)
    {
        if (text.Length <= Limits.PeerTextCharacters && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;
        StringBuilder escaped = new();
        int kept = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            kept += rune.Utf16SequenceLength;
            if (kept > Limits.PeerTextCharacters)
                return escaped.Append('…').ToString();
            if (IsPrintable(rune))
                escaped.Append(rune);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }
        return escaped.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
