using System.Diagnostics.CodeAnalysis;

namespace Fuzzing.Engine;

/// <summary>A property that an input has violated.</summary>
/// <param name="property">Which: a few words that are the same for every input that violates it, since findings are told apart by
/// them.</param>
/// <param name="detail">What was seen.</param>
/// <param name="place">Where in the code, as far as it is known: violations of one property in different places are two findings.</param>
public sealed class FindingException(string property, string detail, string place = "") : Exception($"{property}: {detail}")
{
    /// <summary>The property that says that nothing waits when nothing can go on.</summary>
    public const string Hang = "hang";

    /// <summary>Which property.</summary>
    public string Property { get; } = property;

    /// <summary>Where in the code; empty where it is not known.</summary>
    public string Place { get; } = place;

    /// <summary>Throws unless a property holds.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="property">The property, in words.</param>
    /// <param name="detail">What was seen; put together only on a violation.</param>
    /// <exception cref="FindingException">It does not hold.</exception>
    public static void Unless(
        [DoesNotReturnIf(false)] bool holds, string property,
        [System.Runtime.CompilerServices.InterpolatedStringHandlerArgument(nameof(holds))] ref ViolationText detail)
    {
        if (!holds)
            throw new FindingException(property, detail.ToString());
    }
}
