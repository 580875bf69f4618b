using System.Globalization;

namespace Fuzzing.Sample.Tests;

/// <summary>A small library that somebody wants to fuzz: durations like <c>1h30m5s</c>, up to 99 of each unit.</summary>
public readonly record struct ShortDuration(int Hours, int Minutes, int Seconds)
{
    /// <summary>Reads a duration.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ShortDuration duration)
    {
        duration = default;
        if (!TryTake(ref text, 'h', out int hours) || !TryTake(ref text, 'm', out int minutes) || !TryTake(ref text, 's', out int seconds) || !text.IsEmpty)
            return false;
        duration = new(hours, minutes, seconds);
        return true;
    }

    /// <summary>Writes it as it is read.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(Hours > 0 ? $"{Hours}h" : "")}{(Minutes > 0 ? $"{Minutes}m" : "")}{(Seconds > 0 ? $"{Seconds}s" : "")}");

    // A unit may be missing.
    private static bool TryTake(ref ReadOnlySpan<byte> text, char unit, out int number)
    {
        number = 0;
        int at = 0;
        while (at < text.Length && at < 2 && char.IsAsciiDigit((char)text[at]))
            number = (number * 10) + text[at++] - '0';
        if (at == 0 || at == text.Length || text[at] != unit)
        {
            bool isOfAnotherUnit = at == 0 || (at < text.Length && text[at] is (byte)'m' or (byte)'s' && unit != 's');
            number = 0;
            return isOfAnotherUnit;
        }
        text = text[(at + 1)..];
        return true;
    }
}
