using System.Globalization;
using System.Runtime.CompilerServices;

namespace Fuzzing.Engine;

/// <summary>The text of a violation, which costs nothing while the property holds.</summary>
[InterpolatedStringHandler]
public ref struct ViolationText
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler.</summary>
    /// <param name="literalLength">Characters outside of holes.</param>
    /// <param name="formattedCount">Holes.</param>
    /// <param name="holds">Whether the property holds.</param>
    /// <param name="isNeeded">Whether the text is put together.</param>
    public ViolationText(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        isNeeded = !holds;
        _text = holds ? default : new(literalLength, formattedCount, CultureInfo.InvariantCulture);
    }

    /// <summary>Adds text.</summary>
    /// <param name="value">The text.</param>
    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    /// <summary>Adds a value.</summary>
    /// <typeparam name="T">Anything.</typeparam>
    /// <param name="value">The value.</param>
    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    /// <summary>The text.</summary>
    /// <returns>The text; this value is used up.</returns>
    public override string ToString() => _text.ToStringAndClear();
}
