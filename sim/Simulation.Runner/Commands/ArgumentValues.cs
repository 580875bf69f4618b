using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Simulation.PlantedBugs.Catalogue;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary>The values that command lines are made of, with the sentence for each that is wrong.</summary>
internal static class ArgumentValues
{
    private static readonly (string Suffix, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

    /// <summary>A seed: decimal, or hexadecimal behind 0x.</summary>
    /// <param name="result">The words given.</param>
    /// <returns>The seed; 0 with an error.</returns>
    public static ulong Seed(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (!ReplayToken.TryParseSeed(text, out ulong seed))
            result.AddError($"'{text}' is no seed: a seed is a number below 2^64, decimal or with 0x.");
        return seed;
    }

    /// <summary>A duration: a whole number and ms, s, m, h or d.</summary>
    /// <param name="result">The words given.</param>
    /// <returns>The duration; zero with an error.</returns>
    public static TimeSpan? Duration(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        foreach ((string suffix, long milliseconds) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && int.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
                return TimeSpan.FromMilliseconds(count * milliseconds);
        }

        result.AddError($"'{text}' is no duration: a duration is a number and a unit, as 90s, 5m or 1h.");
        return null;
    }

    /// <summary>Refuses what is no bug of the catalogue.</summary>
    /// <param name="option">An option whose values are ids of planted bugs.</param>
    public static void RequirePlanted(this Option option) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens)
        {
            if (BugCatalogue.Find(token.Value) is null)
                result.AddError($"there is no bug '{token.Value}'");
        }
    });

    /// <summary>Refuses a value out of a range.</summary>
    /// <typeparam name="T">A number.</typeparam>
    /// <param name="option">The option.</param>
    /// <param name="minimum">The least value allowed.</param>
    /// <param name="maximum">The greatest value allowed.</param>
    public static void RequireBetween<T>(this Option<T> option, T minimum, T maximum)
        where T : IComparable<T> => option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is { } value && (value.CompareTo(minimum) < 0 || value.CompareTo(maximum) > 0))
                result.AddError($"{option.Name} is {value}: it goes from {minimum} to {maximum}.");
        });
}
