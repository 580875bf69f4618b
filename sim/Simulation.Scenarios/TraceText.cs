using System.Globalization;
using System.Text;
using Simulation.Engine.Tracing;

namespace Simulation.Scenarios;

/// <summary>Events in words, for people.</summary>
public static class TraceText
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>What happened, without when and who: "read pipe=2 offset=4096 length=100".</summary>
    /// <param name="happened">The event.</param>
    /// <returns>Its kind, then each argument that has a name, then its text.</returns>
    public static string What(in TraceEvent happened)
    {
        StringBuilder text = new(happened.Kind.Name);
        ReadOnlySpan<char> names = happened.Kind.ArgumentNames;
        ReadOnlySpan<long> values = [happened.A, happened.B, happened.C];
        int argument = 0;
        foreach (Range range in names.Split(','))
        {
            if (!names[range].IsEmpty && argument < values.Length)
                text.Append(CultureInfo.InvariantCulture, $" {names[range].Trim().ToString().Replace(' ', '-')}={values[argument++]}");
        }

        return happened.Text is null ? text.ToString() : text.Append(' ').Append(happened.Text).ToString();
    }

    /// <summary>A virtual time in seconds with all its digits: "12.000345678".</summary>
    /// <param name="nanoseconds">The time, not negative.</param>
    /// <returns>Seconds, a point and nine digits.</returns>
    public static string Time(long nanoseconds) => string.Create(
        CultureInfo.InvariantCulture, $"{nanoseconds / NanosecondsPerSecond}.{nanoseconds % NanosecondsPerSecond:d9}");

    /// <summary>One event on one line.</summary>
    /// <param name="happened">The event.</param>
    /// <returns>Time, task and <see cref="What"/>.</returns>
    public static string Line(in TraceEvent happened) =>
        string.Create(CultureInfo.InvariantCulture, $"{Time(happened.TimeNanoseconds)} s, task {happened.TaskId}: {What(happened)}");
}
