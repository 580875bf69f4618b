using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Generating;

namespace Simulation.Runner.Generated;

/// <summary>What came of hunting one mutant.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Proof">Why it changes nothing; null where nobody has proved that. Then it is hunted.</param>
/// <param name="Results">What each hunter found, by its name.</param>
internal sealed record MutantScore(Mutant Mutant, string? Proof, IReadOnlyDictionary<string, HuntResult> Results)
{
    /// <summary>Whether some hunter found it.</summary>
    public bool IsFound => Results.Values.Any(result => result.Property is not null);

    /// <summary>Whether it was hunted and nobody found it.</summary>
    public bool Survives => Proof is null && !IsFound;
}

/// <summary>How mutants are hunted.</summary>
/// <param name="Count">How many are drawn.</param>
/// <param name="Seed">Decides which.</param>
/// <param name="Budget">Processor time of each hunter for each mutant.</param>
/// <param name="Jobs">How many are hunted at a time.</param>
/// <param name="Corpus">The folder with streams and seeds.</param>
/// <param name="Ids">Only these; none for all that are drawn.</param>
/// <param name="UntilFound">Whether the other hunters are not asked once one has found a mutant.</param>
internal sealed record GeneratedLimits(
    int Count, ulong Seed, TimeSpan Budget, int Jobs, string Corpus, IReadOnlyList<string> Ids, bool UntilFound);

/// <summary>Draws mutants and hunts each with every hunter, each lane in a process of its own.</summary>
/// <param name="limits">How many and how long.</param>
/// <param name="scored">Told of each mutant; by one thread at a time.</param>
internal sealed class GeneratedScoring(GeneratedLimits limits, Action<MutantScore> scored)
{
    private readonly object _gate = new();

    /// <summary>Hunts.</summary>
    /// <param name="stop">Ends it before the next mutant.</param>
    /// <returns>The scores in the order drawn; those not begun are missing.</returns>
    public IReadOnlyList<MutantScore> Run(CancellationToken stop)
    {
        DestinationCompiler compiler = new();
        using IEnumerator<Mutant> mutants = (limits.Ids.Count > 0
            ? MutantCatalogue.All(compiler).Where(mutant => limits.Ids.Contains(mutant.Bug.Id, StringComparer.Ordinal))
            : MutantCatalogue.Draw(compiler, limits.Seed).Take(limits.Count)).GetEnumerator();
        SortedDictionary<int, MutantScore> scores = [];
        int drawn = 0;
        Thread[] lanes = [.. Enumerable.Range(0, limits.Jobs).Select(_ => new Thread(Work))];
        foreach (Thread lane in lanes)
            lane.Start();
        foreach (Thread lane in lanes)
            lane.Join();
        return [.. scores.Values];

        void Work()
        {
            using HuntProcess process = new();
            while (!stop.IsCancellationRequested && Next() is var (index, mutant))
            {
                if (Score(process, mutant, stop) is not { } score)
                    return;
                lock (_gate)
                {
                    scores.Add(index, score);
                    scored(score);
                }
            }
        }

        (int Index, Mutant Mutant)? Next()
        {
            lock (_gate)
                return mutants.MoveNext() ? (drawn++, mutants.Current) : null;
        }
    }

    private MutantScore? Score(HuntProcess process, Mutant mutant, CancellationToken stop)
    {
        string? proof = EquivalentMutants.All.GetValueOrDefault(mutant.Bug.Id);
        SortedDictionary<string, HuntResult> results = new(StringComparer.Ordinal);
        foreach (string hunter in proof is null ? Hunters.All : [])
        {
            HuntRequest request = new(mutant.Bug.Id, hunter, limits.Budget.TotalSeconds, limits.Corpus);
            if (process.Hunt(request, stop) is not { } result)
                return null;
            results.Add(hunter, result);
            if (limits.UntilFound && result.Property is not null)
                break;
        }

        return new(mutant, proof, results);
    }
}
