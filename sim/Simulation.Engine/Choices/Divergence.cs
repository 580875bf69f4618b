namespace Simulation.Engine.Choices;

/// <summary>Where a replayed log first had a decision that did not fit.</summary>
/// <param name="Index">The place of the decision, from 0.</param>
/// <param name="Recorded">What the log says.</param>
/// <param name="Site">Where the run was instead.</param>
/// <param name="Bound">How many ways there were instead.</param>
public sealed record Divergence(int Index, Choice Recorded, string Site, int Bound)
{
    /// <summary>One clause for people.</summary>
    /// <returns>"decision 17 was way 2 of 3 at channel.read and is one of 2 at monitor", without a full stop.</returns>
    public override string ToString()
    {
        string ways = Recorded.Bound == 0 ? "" : $" of {Recorded.Bound}";
        string place = Recorded.Site is null ? "" : $" at {Recorded.Site}";
        return $"decision {Index} was way {Recorded.Value}{ways}{place} and is one of {Bound} at {Site}";
    }
}
