using System.Reflection;
using Fuzzing.Instrumentation;
using Fuzzing.Targets;
using Simulation.PlantedBugs;
using Simulation.PlantedBugs.Compiling;
using Simulation.PlantedBugs.Trials;
using Simulation.Runner.Scoring;
using Simulation.Scenarios;
using Simulation.Schedules.Findings;
using Simulation.Schedules.Models;

namespace Simulation.Runner.Generated;

/// <summary>Looks for one mutant in this process, which it may end or keep busy for ever: <see cref="HuntProcess"/> watches over it.</summary>
/// <param name="bug">The mutant.</param>
/// <param name="image">The destination with it.</param>
/// <param name="corpus">The folder with streams and seeds.</param>
internal sealed class MutantHunter(PlantedBug bug, DestinationImage image, string corpus)
{
    private const int SeedsBetweenStreams = 16;
    private const int SchedulesOfAModel = 200;

    /// <summary>Looks for it.</summary>
    /// <param name="hunter">One of <see cref="Hunters.All"/>.</param>
    /// <param name="budget">Processor time.</param>
    /// <returns>What was found.</returns>
    public HuntResult Hunt(string hunter, TimeSpan budget)
    {
        TimeSpan started = ThreadClock.Now;
        HuntResult result = hunter switch
        {
            Hunters.Simulator => Simulate(budget),
            Hunters.Schedules => RunSchedules(budget),
            Hunters.Fuzz => Fuzz(budget),
            _ => throw new ArgumentException($"nobody hunts as '{hunter}'", nameof(hunter)),
        };
        return result with { Seconds = (ThreadClock.Now - started).TotalSeconds };
    }

    private HuntResult Simulate(TimeSpan budget)
    {
        using PlantedWorld world = new(image, bug.Id);
        var judge = world.Bind(ScenarioTrial.Open)();
        CorpusSlices streams = new(CorpusSlices.FilesIn(corpus), world);
        streams.Begin(1);
        using ScenarioRunner intact = new();
        TimeSpan started = ThreadClock.Now;
        for (ulong seed = 1; ThreadClock.Now - started < budget; seed++)
        {
            var (verdict, check, message, _) = judge(seed);

            // What the intact destination shows as well is no sign of the mutant.
            if (verdict != nameof(Verdict.Passed) && intact.Run(ScenarioOptions.Draw(seed)).Verdict == Verdict.Passed)
                return new(check ?? verdict, message, $"seed {seed}", 0);
            if (seed % SeedsBetweenStreams == 0 && streams.Next(_ => true) is { } stream)
                return new(stream.Property, stream.Message, stream.File, 0);
        }

        return Nothing;
    }

    private HuntResult RunSchedules(TimeSpan budget)
    {
        using ScheduleWorld world = new(image, bug.Id);
        TimeSpan started = ThreadClock.Now;
        foreach (ScheduleModel model in ModelCatalogue.All)
        {
            ExhaustiveResult all = world.RunAll(model.Name, 1, _ => ThreadClock.Now - started < budget);
            if (all.Property is not null)
                return new(all.Property, all.Message, model.Name, 0);
        }

        ScheduleSearch[] searches = [.. ModelCatalogue.All.Select(model => world.Open("own", model.Name, "portfolio"))];
        for (ulong seed = 1; ; seed += SchedulesOfAModel)
        {
            foreach (ScheduleSearch search in searches)
            {
                if (ThreadClock.Now - started >= budget)
                    return Nothing;
                ScheduleSearchResult result = search(seed, SchedulesOfAModel);
                if (result.Property is not null)
                    return new(result.Property, result.Message, $"schedule {seed + (ulong)result.Schedules - 1}", 0);
            }
        }
    }

    private HuntResult Fuzz(TimeSpan budget)
    {
        InstrumentedContext world = new(AppContext.BaseDirectory, FuzzedAssemblies.Names, image.Assemblies);
        MethodInfo inside = world.LoadFromAssemblyName(typeof(FuzzTrial).Assembly.GetName())
            .GetType(typeof(FuzzTrial).FullName!)!.GetMethod(nameof(FuzzTrial.Run))!;
        string[] found = (string[])inside.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [corpus, budget], null)!;
        return found is [var target, var summary] ? new(summary.Split('\n')[0], summary, target, 0) : Nothing;
    }

    private static HuntResult Nothing => new(null, null, null, 0);
}
