namespace Simulation.Engine.Probes;

/// <summary>How often each probe fired in a run, or in how many runs of a campaign. One object is used by one thread.</summary>
/// <param name="catalogue">The probes, all registered.</param>
public sealed class ProbeCounts(ProbeCatalogue catalogue)
{
    private readonly long[] _counts = new long[catalogue.Probes.Count];

    /// <summary>How often a probe fired.</summary>
    /// <param name="probe">A probe of the catalogue.</param>
    public long this[Probe probe] => _counts[probe.Id];

    /// <summary>The situation occurred.</summary>
    /// <param name="probe">A probe of the catalogue.</param>
    public void Hit(Probe probe) => _counts[probe.Id]++;

    /// <summary>The ids of the probes that fired, in their order.</summary>
    /// <returns>A new array.</returns>
    public int[] Fired()
    {
        int[] fired = new int[_counts.Count(count => count > 0)];
        for (int id = 0, i = 0; i < fired.Length; id++)
        {
            if (_counts[id] > 0)
                fired[i++] = id;
        }

        return fired;
    }

    /// <summary>Sets all counts to 0.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>The probes that never fired.</summary>
    /// <param name="includeRare">Whether to list those that may be missed, too.</param>
    /// <returns>In the order of their ids.</returns>
    public IReadOnlyList<Probe> BlindSpots(bool includeRare = false) =>
        [.. catalogue.Probes.Where(probe => _counts[probe.Id] == 0 && (includeRare || !probe.IsRare))];
}
