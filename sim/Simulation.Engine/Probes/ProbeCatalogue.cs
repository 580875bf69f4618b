namespace Simulation.Engine.Probes;

/// <summary>All probes there are, registered before the first run, so that one that never fires is seen as well.</summary>
public sealed class ProbeCatalogue
{
    private readonly List<Probe> _probes = [];

    /// <summary>The probes in the order of their ids.</summary>
    public IReadOnlyList<Probe> Probes => _probes;

    /// <summary>Adds a probe.</summary>
    /// <param name="name">A name no other probe has.</param>
    /// <param name="isRare">Whether a default campaign may miss it.</param>
    /// <returns>The probe, to be kept by whoever hits it.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public Probe Register(string name, bool isRare = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_probes.Exists(probe => string.Equals(probe.Name, name, StringComparison.Ordinal)))
            throw new ArgumentException($"probe '{name}' is registered already", nameof(name));
        var added = new Probe(_probes.Count, name, isRare);
        _probes.Add(added);
        return added;
    }
}
