namespace Simulation.Engine.Tracing;

/// <summary>Where two traces part.</summary>
/// <param name="Index">The index of the first event that is not the same.</param>
/// <param name="Left">That event in the one trace; null when it had ended.</param>
/// <param name="Right">That event in the other trace; null when it had ended.</param>
public sealed record TraceDifference(int Index, TraceEvent? Left, TraceEvent? Right)
{
    /// <summary>Compares two traces.</summary>
    /// <param name="left">The events of the one.</param>
    /// <param name="right">The events of the other.</param>
    /// <returns>The first difference, or null when they are equal.</returns>
    public static TraceDifference? Find(ReadOnlySpan<TraceEvent> left, ReadOnlySpan<TraceEvent> right)
    {
        int index = 0;
        while (index < left.Length && index < right.Length && left[index] == right[index])
            index++;
        if (index == left.Length && index == right.Length)
            return null;
        return new TraceDifference(
            index, index < left.Length ? left[index] : null, index < right.Length ? right[index] : null);
    }
}
