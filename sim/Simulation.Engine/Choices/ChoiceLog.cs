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
    public string FormatValues()
    {
        var text = new StringBuilder();
        for (int start = 0; start < Count;)
        {
            int value = _choices[start].Value;
            int next = start + 1;
            while (next < Count && _choices[next].Value == value)
                next++;
            text.Append(start == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{value}");
            if (next - start > 1)
                text.Append(CultureInfo.InvariantCulture, $"x{next - start}");
            start = next;
        }

        return text.ToString();
    }

    /// <summary>Reads what <see cref="FormatValues"/> wrote: decisions that fit any site and any bound above their value.</summary>
    /// <param name="text">Values with commas between, each optionally with "x" and a count; empty for none.</param>
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
            int mark = run.IndexOf('x');
            int value = ParseNumber(mark < 0 ? run : run[..mark]);
            int count = mark < 0 ? 1 : ParseNumber(run[(mark + 1)..]);
            if (count > maximumCount - log.Count)
                throw new FormatException($"more than {maximumCount} decisions");
            for (int i = 0; i < count; i++)
                log.Add(new Choice(null, 0, value));
        }

        return log;
    }

    private static int ParseNumber(ReadOnlySpan<char> digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new FormatException($"'{digits}' is no decision");
}
