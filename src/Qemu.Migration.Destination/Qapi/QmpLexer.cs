namespace Qemu.Migration.Destination.Qapi;

/// <summary>Where a <see cref="QmpLexer"/> is in a token, or what a byte did to it.</summary>
internal enum QmpLexerState : byte
{
    /// <summary>Between tokens.</summary>
    Start,

    /// <summary>After a stray byte, up to the next byte that can only begin something new.</summary>
    Recovery,

    /// <summary>In a string that began with a quotation mark.</summary>
    DoubleQuoted,

    /// <summary>Behind a backslash in such a string.</summary>
    DoubleQuotedEscape,

    /// <summary>In a string that began with an apostrophe.</summary>
    SingleQuoted,

    /// <summary>Behind a backslash in such a string.</summary>
    SingleQuotedEscape,

    /// <summary>Behind a minus: a digit must follow.</summary>
    Minus,

    /// <summary>Behind a leading zero: no digit may follow.</summary>
    Zero,

    /// <summary>In a number's digits.</summary>
    Digits,

    /// <summary>Behind the decimal point: a digit must follow.</summary>
    Point,

    /// <summary>In the digits behind the point.</summary>
    Fraction,

    /// <summary>Behind an E: a sign or digit must follow.</summary>
    Exponent,

    /// <summary>Behind the exponent's sign: a digit must follow.</summary>
    ExponentSign,

    /// <summary>In the exponent's digits.</summary>
    ExponentDigits,

    /// <summary>In a word of small letters.</summary>
    Keyword,

    /// <summary>The byte is the token's last.</summary>
    Complete,

    /// <summary>The token ended before the byte, which begins another.</summary>
    Ended,

    /// <summary>The byte cannot stand here.</summary>
    Stray,
}

/// <summary>
/// The tokens of a monitor's bytes, as QEMU's lexer sees them: JSON's, and strings in apostrophes. Found by running QEMU 10.0.2 on odd
/// input: a word is small letters only, a string has no byte below 0x20 and neither 0xfe nor 0xff, and after a stray byte everything
/// is skipped up to one of <c>{}[],:</c>, a control character other than a tab, 0xfe or 0xff.
/// </summary>
internal static class QmpLexer
{
    /// <summary>Takes one byte.</summary>
    /// <param name="state">Where the lexer is.</param>
    /// <param name="value">The byte.</param>
    /// <returns>Where it is then, or what the byte did.</returns>
    public static QmpLexerState Advance(QmpLexerState state, byte value) => state switch
    {
        QmpLexerState.Start => Begin(value),
        QmpLexerState.Recovery => Resynchronizes(value) ? Begin(value) : QmpLexerState.Recovery,
        QmpLexerState.DoubleQuoted => InString(value, (byte)'"', state, QmpLexerState.DoubleQuotedEscape),
        QmpLexerState.SingleQuoted => InString(value, (byte)'\'', state, QmpLexerState.SingleQuotedEscape),
        QmpLexerState.DoubleQuotedEscape => IsText(value) ? QmpLexerState.DoubleQuoted : QmpLexerState.Stray,
        QmpLexerState.SingleQuotedEscape => IsText(value) ? QmpLexerState.SingleQuoted : QmpLexerState.Stray,
        QmpLexerState.Keyword => IsSmallLetter(value) ? state : QmpLexerState.Ended,
        _ => InNumber(state, value),
    };

    private static QmpLexerState Begin(byte value) => value switch
    {
        (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' => QmpLexerState.Start,
        (byte)'"' => QmpLexerState.DoubleQuoted,
        (byte)'\'' => QmpLexerState.SingleQuoted,
        (byte)'-' => QmpLexerState.Minus,
        (byte)'0' => QmpLexerState.Zero,
        _ when IsStructural(value) => QmpLexerState.Complete,
        _ when IsDigit(value) => QmpLexerState.Digits,
        _ when IsSmallLetter(value) => QmpLexerState.Keyword,
        _ => QmpLexerState.Stray,
    };

    private static QmpLexerState InString(byte value, byte quote, QmpLexerState state, QmpLexerState escape) =>
        value == quote ? QmpLexerState.Complete
        : value == (byte)'\\' ? escape
        : IsText(value) ? state
        : QmpLexerState.Stray;

    private static QmpLexerState InNumber(QmpLexerState state, byte value)
    {
        if (IsDigit(value))
        {
            return state switch
            {
                QmpLexerState.Minus => value == (byte)'0' ? QmpLexerState.Zero : QmpLexerState.Digits,
                QmpLexerState.Zero => QmpLexerState.Stray,
                QmpLexerState.Point => QmpLexerState.Fraction,
                QmpLexerState.Exponent or QmpLexerState.ExponentSign => QmpLexerState.ExponentDigits,
                _ => state,
            };
        }
        return (state, value) switch
        {
            (QmpLexerState.Zero or QmpLexerState.Digits, (byte)'.') => QmpLexerState.Point,
            (QmpLexerState.Digits or QmpLexerState.Fraction, (byte)'e' or (byte)'E') => QmpLexerState.Exponent,
            (QmpLexerState.Exponent, (byte)'+' or (byte)'-') => QmpLexerState.ExponentSign,
            (QmpLexerState.Minus or QmpLexerState.Point or QmpLexerState.Exponent or QmpLexerState.ExponentSign, _) =>
                QmpLexerState.Stray,
            _ => QmpLexerState.Ended,
        };
    }

    private static bool Resynchronizes(byte value) => IsStructural(value) || (value != (byte)'\t' && !IsText(value));

    private static bool IsStructural(byte value) => "{}[],:"u8.Contains(value);

    private static bool IsText(byte value) => value is >= 0x20 and < 0xfe;

    private static bool IsDigit(byte value) => value is >= (byte)'0' and <= (byte)'9';

    private static bool IsSmallLetter(byte value) => value is >= (byte)'a' and <= (byte)'z';
}
