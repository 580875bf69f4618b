using System.Diagnostics.CodeAnalysis;

namespace Fuzzing.Engine;

/// <summary>A property that an input has violated.</summary>
/// <param name="property">Which: a few words that are the same for every input that violates it, since findings are told apart by
/// them.</param>
/// <param name="detail">What was seen.</param>
public sealed class FindingException(string property, string detail) : Exception($"{property}: {detail}")
{
    /// <summary>Which property.</summary>
    public string Property { get; } = property;

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
