using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Simulation.Engine.Choices;

/// <summary>The decisions of one run in their order: a list of structs that keeps its storage when cleared.</summary>
public sealed class ChoiceLog
{
    private readonly List<Choice> _choices = [];

    /// <summary>Makes an empty log.</summary>
    public ChoiceLog()
    {
    }

    /// <summary>Makes a log of some decisions.</summary>
    /// <param name="choices">The decisions, copied.</param>
    public ChoiceLog(ReadOnlySpan<Choice> choices) => _choices.AddRange(choices);

    /// <summary>How many decisions there are.</summary>
    public int Count => _choices.Count;

    /// <summary>One decision.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public Choice this[int index]
    {
        get => _choices[index];
        set => _choices[index] = value;
    }

    /// <summary>The decisions; valid until the log changes.</summary>
    /// <returns>All of them, in order.</returns>
    public ReadOnlySpan<Choice> AsSpan() => CollectionsMarshal.AsSpan(_choices);

    /// <summary>Adds a decision at the end.</summary>
    /// <param name="choice">The decision.</param>
    public void Add(Choice choice) => _choices.Add(choice);

    /// <summary>Forgets all decisions and keeps the storage.</summary>
    public void Clear() => _choices.Clear();

    /// <summary>A log of its own with the same decisions.</summary>
    /// <returns>The copy.</returns>
    public ChoiceLog Copy() => new(AsSpan());

    /// <summary>The values alone, runs folded: "0x17,2,0x4".</summary>
    /// <returns>Text for a token; <see cref="Parse"/> reads it.</returns>
    public string FormatValues() => Format(choice => new Choice(null, 0, choice.Value));

    /// <summary>The decisions with their places, runs folded: "0x17/3@channel.read,2/3@channel.read" is seventeen times the first and
    /// once the last of three ways at that site. A decision that fits any place is its value alone.</summary>
    /// <returns>Text for a file; <see cref="Parse"/> reads it.</returns>
    public string Format() => Format(choice => choice);

    /// <summary>Reads what <see cref="FormatValues"/> or <see cref="Format()"/> wrote. A decision without a place fits any site and any
    /// bound above its value.</summary>
    /// <param name="text">Decisions with commas between, each a value, optionally "x" and a count, optionally "/", the bound, "@" and the
    /// site; empty for none.</param>
    /// <param name="maximumCount">How many decisions to accept at most.</param>
    /// <returns>The log.</returns>
    /// <exception cref="FormatException">The text is none of these, or says more decisions than allowed.</exception>
    public static ChoiceLog Parse(string text, int maximumCount = 1 << 20)
    {
        ArgumentNullException.ThrowIfNull(text);
        var log = new ChoiceLog();
        if (text.Length == 0)
            return log;
        foreach (Range part in text.AsSpan().Split(','))
        {
            ReadOnlySpan<char> run = text.AsSpan(part);
            int slash = run.IndexOf('/');
            (string? site, int bound) = slash < 0 ? (null, 0) : ParsePlace(run[(slash + 1)..]);
            run = slash < 0 ? run : run[..slash];
            int mark = run.IndexOf('x');
            int value = ParseNumber(mark < 0 ? run : run[..mark]);
            int count = mark < 0 ? 1 : ParseNumber(run[(mark + 1)..]);
            if (count > maximumCount - log.Count)
                throw new FormatException($"more than {maximumCount} decisions");
            for (int i = 0; i < count; i++)
                log.Add(new Choice(site, bound, value));
        }

        return log;
    }

    private string Format(Func<Choice, Choice> select)
    {
        var text = new StringBuilder();
        for (int start = 0; start < Count;)
        {
            Choice choice = select(_choices[start]);
            int next = start + 1;
            while (next < Count && select(_choices[next]) == choice)
                next++;
            text.Append(start == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{choice.Value}");
            if (next - start > 1)
                text.Append(CultureInfo.InvariantCulture, $"x{next - start}");
            if (choice.Site is not null)
                text.Append(CultureInfo.InvariantCulture, $"/{choice.Bound}@{choice.Site}");
            start = next;
        }

        return text.ToString();
    }

    private static (string Site, int Bound) ParsePlace(ReadOnlySpan<char> place)
    {
        int mark = place.IndexOf('@');
        return mark > 0 && mark + 1 < place.Length
            ? (place[(mark + 1)..].ToString(), ParseNumber(place[..mark]))
            : throw new FormatException($"'{place}' is no place of a decision");
    }

    private static int ParseNumber(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException($"'{digits}' is no decision");
}
