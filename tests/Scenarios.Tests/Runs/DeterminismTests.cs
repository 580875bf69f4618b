using System.Text;
using System.Globalization;
using Simulation.Scenarios;
using Simulation.Scenarios.Observing;

namespace Scenarios.Tests.Runs;

public sealed class DeterminismTests
{
    private const int Count = 100;
    private const int Fewer = 30;

    [Fact]
    public void Fresh_runner_and_one_that_has_run_other_seeds_see_the_same_run()
    {
        using ScenarioRunner used = new();
        object[][] downwards = [.. SeedRange.Of(1, Count).Reverse().Select(seed => Tell(used, seed))];
        Assert.All(SeedRange.Of(1, Count).Zip(downwards.Reverse()), pair =>
        {
            using ScenarioRunner fresh = new();
            Assert.Equal(Tell(fresh, pair.First), pair.Second);
        });
    }

    [Fact]
    public void Keeping_the_trace_changes_nothing()
    {
        using ScenarioRunner runner = new();
        Assert.All(SeedRange.Of(1, Fewer), seed =>
        {
            ScenarioOptions options = ScenarioOptions.Draw(seed);
            RunResult plain = runner.Run(options);
            RunResult traced = runner.Run(options, new RunRequest { RetainTrace = true });
            Assert.Equal(Figures(plain), Figures(traced));
            Assert.Empty(plain.Trace);
            Assert.Equal(plain.Events, traced.Trace.Count);
        });
    }

    [Fact]
    public void Thread_and_culture_change_nothing()
    {
        using ScenarioRunner runner = new();
        object[][] here = [.. SeedRange.Of(1, Fewer).Select(seed => Tell(runner, seed))];
        object[][] there = [];
        Thread thread = new(() =>
        {
            using ScenarioRunner other = new();
            there = [.. SeedRange.Of(1, Fewer).Select(seed => Tell(other, seed))];
        })
        {
            // Another decimal separator, another minus sign, another way to write a date.
            CurrentCulture = new CultureInfo("") { NumberFormat = new() { NegativeSign = "~", NumberDecimalSeparator = "," } },
        };
        thread.Start();
        thread.Join();
        Assert.Equal(here, there);
    }

    [Fact]
    public void Another_seed_is_another_run()
    {
        using ScenarioRunner runner = new();
        Assert.Equal(Fewer, SeedRange.Of(1, Fewer).Select(seed => runner.Run(ScenarioOptions.Draw(seed)).TraceHash).Distinct().Count());
        Assert.NotEqual(runner.Run(Samples.Precopy).TraceHash, runner.Run(Samples.Precopy with { Seed = 2 }).TraceHash);
    }

    // What a run shows: its figures, and every event and reply that the monitor got.
    private static object[] Tell(ScenarioRunner runner, ulong seed)
    {
        RunResult result = runner.Run(ScenarioOptions.Draw(seed));
        RunObservation seen = runner.Observation;
        IEnumerable<string> lines = seen.Sessions.SelectMany(session => session.Lines.Select(line =>
            $"{session.Name} {line.ArrivedNanoseconds} {line} {line.Id} {line.StampMicroseconds} {Encoding.UTF8.GetString(line.Content.Span)}"));
        IEnumerable<string> commands = seen.Commands.Select(exchange => $"{exchange} {exchange.Order} {exchange.ReadNanoseconds}");
        return [Figures(result), .. seen.Statuses, .. seen.Queries, .. seen.ReturnPath, .. lines, .. commands];
    }

    private static string Figures(RunResult result) =>
        $"{result.Seed} {result.Verdict} {result.Message} {result.FinalStatus} {result.VirtualNanoseconds} {result.Steps} {result.Events} "
            + $"{result.Decisions} {result.TraceHash:x} {result.StreamBytes} {result.Choices.FormatValues()}";
}
