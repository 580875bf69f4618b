namespace Simulation.Engine.Choices;

/// <summary>
/// One recorded decision: which of <see cref="Bound"/> ways was taken at <see cref="Site"/>. Value 0 is always the plainest way
/// (for the scheduler: go on with the current task), so that shrinking a log means moving its values to 0.
/// </summary>
/// <param name="Site">Where; null in an edited log fits any place.</param>
/// <param name="Bound">How many ways there were; 0 in an edited log fits any number above the value.</param>
/// <param name="Value">The way taken, 0 to bound - 1.</param>
public readonly record struct Choice(string? Site, int Bound, int Value)
{
    /// <summary>Whether this recorded decision can be taken again here.</summary>
    /// <param name="site">Where a decision is due.</param>
    /// <param name="bound">How many ways there are.</param>
    /// <returns>True when it fits.</returns>
    public bool Fits(string site, int bound) =>
        (uint)Value < (uint)bound && (Bound == 0 || Bound == bound) && (Site is null || string.Equals(Site, site, StringComparison.Ordinal));
}
