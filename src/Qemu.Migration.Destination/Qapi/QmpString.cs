using System.Buffers;
using System.Globalization;
using System.Text;

namespace Qemu.Migration.Destination.Qapi;

/// <summary>
/// Strings in QEMU's dialect of JSON: <c>\'</c> is an escape too, the UTF-8 is the modified one in which C0 80 is a zero, and
/// code points that Unicode calls noncharacters are refused.
/// </summary>
internal static class QmpString
{
    private const int HexDigits = 4;
    private const int EscapeBytes = 2 + HexDigits;

    /// <summary>Decodes a string.</summary>
    /// <param name="token">The string with its quotes.</param>
    /// <param name="text">Its text.</param>
    /// <returns>What is wrong with it, in QEMU's words; null when nothing is.</returns>
    public static string? Decode(ReadOnlySpan<byte> token, out string text)
    {
        text = "";
        StringBuilder decoded = new(token.Length);
        int at = 1;
        while (at < token.Length - 1)
        {
            string? error = token[at] == (byte)'\\' ? Unescape(token, ref at, decoded) : DecodeRune(token, ref at, decoded);
            if (error is not null)
                return error;
        }
        text = decoded.ToString();
        return null;
    }

    /// <summary>Shows bytes in an error's text; what is no text becomes U+FFFD.</summary>
    /// <param name="bytes">The bytes; QEMU prints them as a C string, up to the first zero.</param>
    /// <returns>The text.</returns>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        StringBuilder shown = new(bytes.Length);
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> rest = end < 0 ? bytes : bytes[..end];
        while (!rest.IsEmpty)
        {
            if (!TryDecodeRune(rest, out Rune rune, out int length))
                rune = Rune.ReplacementChar;
            shown.Append(rune);
            rest = rest[length..];
        }
        return shown.ToString();
    }

    private static string? Unescape(ReadOnlySpan<byte> token, ref int at, StringBuilder decoded)
    {
        byte escape = token[at + 1];
        if (escape == (byte)'u')
            return UnescapeCodePoint(token, ref at, decoded);
        char? value = escape switch
        {
            (byte)'"' or (byte)'\'' or (byte)'\\' or (byte)'/' => (char)escape,
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            _ => null,
        };
        if (value is null)
            return "invalid escape sequence in string";
        decoded.Append(value);
        at += 2;
        return null;
    }

    private static string? UnescapeCodePoint(ReadOnlySpan<byte> token, ref int at, StringBuilder decoded)
    {
        int length = EscapeBytes;
        int value = ReadUnit(token[at..]);
        if (value is >= 0 and <= char.MaxValue && char.IsHighSurrogate((char)value)
            && ReadUnit(token[(at + EscapeBytes)..]) is >= 0 and int low && char.IsLowSurrogate((char)low))
        {
            value = char.ConvertToUtf32((char)value, (char)low);
            length += EscapeBytes;
        }
        if (!IsCharacter(value))
        {
            int shown = Math.Min(length, token.Length - at);
            return $"{Show(token.Slice(at, shown))} is not a valid Unicode character";
        }
        decoded.Append(new Rune(value));
        at += length;
        return null;
    }

    // The number of \uXXXX, or -1.
    private static int ReadUnit(ReadOnlySpan<byte> text) =>
        text.Length >= EscapeBytes && text.StartsWith("\\u"u8)
        && int.TryParse(text.Slice(2, HexDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit)
            ? unit
            : -1;

    private static string? DecodeRune(ReadOnlySpan<byte> token, ref int at, StringBuilder decoded)
    {
        if (!TryDecodeRune(token[at..^1], out Rune rune, out int length))
            return "invalid UTF-8 sequence in string";
        decoded.Append(rune);
        at += length;
        return null;
    }

    private static bool TryDecodeRune(ReadOnlySpan<byte> bytes, out Rune rune, out int length)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xc0, 0x80]))
        {
            (rune, length) = (new('\0'), 2);
            return true;
        }
        return Rune.DecodeFromUtf8(bytes, out rune, out length) == OperationStatus.Done && IsCharacter(rune.Value);
    }

    private static bool IsCharacter(int value) =>
        Rune.IsValid(value) && value is not (>= 0xfdd0 and <= 0xfdef) && (value & 0xfffe) != 0xfffe;
}
