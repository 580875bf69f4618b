using System.Globalization;
using System.Text;

namespace Qemu.Migration.Incoming.Daemon;

/// <summary>Text that a peer chose, made safe for a terminal: it could otherwise move the cursor, recolour, or hide what it says.</summary>
internal static class TerminalText
{
    /// <summary>Replaces control and format characters by what stands for them in C: <c>\x1b</c>, <c>\u202e</c>.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The text, printable and on one line.</returns>
    public static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char c in text)
        {
            if (IsPrintable(c))
                escaped.Append(c);
            else
                escaped.Append(c < 256 ? "\\x" : "\\u").Append(((int)c).ToString(c < 256 ? "x2" : "x4", CultureInfo.InvariantCulture));
        }
        return escaped.ToString();
    }

    private static bool IsPrintable(char c) => char.GetUnicodeCategory(c) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
