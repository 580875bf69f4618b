using System.Text;
using Fuzzing.Engine;

namespace Fuzzing.Targets.Text;

/// <summary>What holds of every line that a person reads.</summary>
internal static class LineRules
{
    /// <summary>Judges a line.</summary>
    /// <param name="text">The line.</param>
    /// <param name="mostCharacters">How long it may be.</param>
    /// <exception cref="FindingException">It is longer, no Unicode, or a terminal would act on it.</exception>
    public static void Judge(string text, int mostCharacters)
    {
        FindingException.Unless(text.Length <= mostCharacters, "a message is bounded", $"{text.Length} characters");
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return;
        for (int i = 0; i < text.Length;)
        {
            bool isWhole = Rune.TryGetRuneAt(text, i, out Rune rune);
            FindingException.Unless(isWhole, "a message is valid Unicode", $"character {i}");
            FindingException.Unless(
                !Rune.IsControl(rune) && rune.Value is not ((>= 0x200b and <= 0x200f) or (>= 0x2028 and <= 0x202e) or (>= 0x2066 and <= 0x2069)),
                "a message has no character that a terminal acts on", $"character {rune.Value} at {i}");
            i += rune.Utf16SequenceLength;
        }
    }
}
