using Fuzzing.Engine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Engine.Execution;
using Fuzzing.Targets;
using Simulation.Runner.Scoring;

namespace Simulation.Runner.Generated;

/// <summary>The fuzz targets one after the other, in a world whose destination is instrumented. What crosses is made of the platform's types.</summary>
internal static class FuzzTrial
{
    private const int MostBytes = 1 << 17;
    private const int RunsBetweenLooks = 500;

    /// <summary>Runs each target on its seeds and regressions, then fuzzes it for its share of the time.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="budget">Processor time for all targets.</param>
    /// <returns>The target that found something and what it found; empty where none did.</returns>
    public static string[] Run(string corpus, TimeSpan budget)
    {
        foreach (string target in TargetCatalogue.Names)
        {
            if (Run(target, corpus, budget / TargetCatalogue.Names.Count) is { Length: > 0 } found)
                return [target, found];
        }

        return [];
    }

    private static string Run(string target, string corpus, TimeSpan budget)
    {
        string folder = Directory.CreateTempSubdirectory("mutant-").FullName;
        try
        {
            using CancellationTokenSource stop = new();
            using InputBuffer buffer = new(MostBytes);
            string found = "";
            FuzzTarget made = TargetCatalogue.Create(target)!;
            FuzzLoop loop = new(
                made, buffer, FuzzedAssemblies.Regions(made), new CorpusFolder(folder), seed: 1,
                (finding, _) =>
                {
                    found = finding.Summary;
                    stop.Cancel();
                });
            TimeSpan started = ThreadClock.Now;
            loop.Load([new CorpusFolder(Path.Combine(corpus, "seeds", target)), new CorpusFolder(Path.Combine(corpus, "regressions", target))]);
            for (long runs = buffer.Status.Executions; !stop.IsCancellationRequested && ThreadClock.Now - started < budget;)
                loop.Run(new FuzzLimits(runs += RunsBetweenLooks, null), stop.Token);
            return found;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
