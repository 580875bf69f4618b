using System.CommandLine;
using System.CommandLine.Parsing;
using Simulation.PlantedBugs.Catalogue;
using Simulation.Scenarios.Tokens;

namespace Simulation.Runner.Commands;

/// <summary>The values that command lines are made of, with the sentence for each that is wrong.</summary>
internal static class ArgumentValues
{
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
