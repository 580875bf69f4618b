using System.CommandLine.Parsing;
using System.Globalization;

namespace Terminal;

/// <summary>Durations on the command line.</summary>
internal static class Durations
{
    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>A duration: a whole number and ms, s, m, h or d.</summary>
    /// <param name="result">The words given.</param>
    /// <returns>The duration; null with an error.</returns>
    public static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach ((string suffix, long milliseconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
                && count <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerMillisecond / milliseconds)
                return TimeSpan.FromMilliseconds(count * milliseconds);
        }

        result.AddError($"'{text}' is no duration: a duration is a number and a unit, as 90s, 5m or 1h.");
        return null;
    }
}
