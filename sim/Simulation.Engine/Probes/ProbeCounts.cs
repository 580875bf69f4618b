namespace Simulation.Engine.Probes;

/// <summary>How often each probe fired: in one run, or merged over many. One object is used by one thread.</summary>
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

    /// <summary>Adds the counts of another run.</summary>
    /// <param name="other">Counts of the same catalogue.</param>
    /// <exception cref="ArgumentException">They are of another catalogue.</exception>
    public void Merge(ProbeCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other._counts.Length != _counts.Length)
            throw new ArgumentException("the counts are of another catalogue", nameof(other));
        for (int id = 0; id < _counts.Length; id++)
            _counts[id] += other._counts[id];
    }

    /// <summary>Sets all counts to 0.</summary>
    public void Clear() => Array.Clear(_counts);

    /// <summary>The probes that never fired.</summary>
    /// <param name="includeRare">Whether to list those that may be missed, too.</param>
    /// <returns>In the order of their ids.</returns>
    public IReadOnlyList<Probe> BlindSpots(bool includeRare = false) =>
        [.. catalogue.Probes.Where(probe => _counts[probe.Id] == 0 && (includeRare || !probe.IsRare))];
}
