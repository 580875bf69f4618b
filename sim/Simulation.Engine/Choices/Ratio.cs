using System.Text.Json.Serialization;

namespace Simulation.Engine.Choices;

/// <summary>
/// A probability as a fraction of two integers, 0 to 1: a draw that depends on floating point would not be the same everywhere.
/// The default value is <see cref="Zero"/>.
/// </summary>
public readonly record struct Ratio
{
    // Stored less one, so that default(Ratio) is 0/1 and not 0/0.
    private readonly long _denominatorLessOne;

    /// <summary>Makes <paramref name="numerator"/> out of <paramref name="denominator"/>.</summary>
    /// <param name="numerator">0 to <paramref name="denominator"/>.</param>
    /// <param name="denominator">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not between 0 and 1.</exception>
    [JsonConstructor]
    public Ratio(long numerator, long denominator)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(denominator, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(numerator);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(numerator, denominator);
        Numerator = numerator;
        _denominatorLessOne = denominator - 1;
    }

    /// <summary>How many of <see cref="Denominator"/>.</summary>
    public long Numerator { get; }

    /// <summary>Out of how many, at least 1.</summary>
    public long Denominator => _denominatorLessOne + 1;

    /// <summary>Never.</summary>
    public static Ratio Zero => default;

    /// <summary>Always.</summary>
    public static Ratio One => new(1, 1);

    /// <summary>One out of <paramref name="count"/>.</summary>
    /// <param name="count">At least 1.</param>
    /// <returns>The ratio.</returns>
    public static Ratio OneIn(long count) => new(1, count);

    /// <summary>So many out of a hundred.</summary>
    /// <param name="percent">0 to 100.</param>
    /// <returns>The ratio.</returns>
    public static Ratio Percent(int percent) => new(percent, 100);

    /// <summary>"1/8".</summary>
    /// <returns>The fraction as written.</returns>
    public override string ToString() => $"{Numerator}/{Denominator}";
}
