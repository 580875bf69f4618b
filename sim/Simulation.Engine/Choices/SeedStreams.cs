namespace Simulation.Engine.Choices;

/// <summary>
/// Independent named streams out of one seed. Each purpose draws from a stream of its own ("guest/content", "schedule"), so that a
/// new draw in one never shifts another and a stored seed goes on meaning nearly the same run when the simulator grows.
/// </summary>
/// <param name="Seed">The seed of the run, any value.</param>
public readonly record struct SeedStreams(ulong Seed)
{
    /// <summary>The seed of one stream.</summary>
    /// <param name="name">The stream's name; two names give unrelated streams.</param>
    /// <returns>What to seed its generator with.</returns>
    public ulong SeedOf(string name) => StableHash.Combine(Seed, StableHash.OfText(name));

    /// <summary>A new generator at the start of one stream.</summary>
    /// <param name="name">The stream's name.</param>
    /// <returns>The generator; two calls with one name return two generators that draw the same.</returns>
    public Prng Stream(string name) => new(SeedOf(name));

    /// <summary>The streams of a part that has names of its own: "multifd/3" within "source".</summary>
    /// <param name="name">The part's name.</param>
    /// <returns>Streams unrelated to these.</returns>
    public SeedStreams Within(string name) => new(SeedOf(name));
}
