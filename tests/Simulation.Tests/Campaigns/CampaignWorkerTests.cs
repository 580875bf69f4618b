using Simulation.Campaigns;
using Simulation.Engine.Choices;
using Simulation.Engine.Tracing;
using Simulation.Scenarios;
using Simulation.Scenarios.Observing;

namespace Simulation.Tests.Campaigns;

public class CampaignWorkerTests
{
    private static readonly DeterminismGate Always = new(Ratio.One);

    [Fact]
    public void Five_of_a_hundred_seeds_are_done_twice_whoever_asks()
    {
        DeterminismGate gate = new(DeterminismGate.DefaultShare);
        ulong[] chosen = [.. Enumerable.Range(0, 10_000).Select(seed => (ulong)seed).Where(gate.Selects)];
        Assert.InRange(chosen.Length, 400, 600);
        Assert.Equal(chosen, chosen.Where(new DeterminismGate(DeterminismGate.DefaultShare).Selects));
        Assert.DoesNotContain(chosen, new DeterminismGate(Ratio.Zero).Selects);
        Assert.All(chosen, seed => Assert.True(Always.Selects(seed)));
    }

    [Fact]
    public void Run_that_is_the_same_twice_keeps_its_verdict()
    {
        int runs = 0;
        JudgedRun judged = new CampaignWorker(
            (options, _) =>
            {
                runs++;
                return StandIn.Result(options.Seed, Verdict.Violated, "Canary", "it sang", traceHash: 5);
            },
            Always).Run(new CampaignCase(9));
        Assert.Equal(2, runs);
        Assert.Equal((9UL, Verdict.Violated, "Canary", "it sang"), (judged.Seed, judged.Verdict, judged.Check, judged.Message));
        Assert.True(judged.WasDoneTwice);
    }

    [Fact]
    public void Run_that_is_not_the_same_twice_is_a_failure_of_the_harness_with_the_first_event_that_differs()
    {
        long runs = 0;
        TraceEvent Event(long step) => new(TraceKind.Step, 1_000_000_500, 2, step, 0, 0, null);
        JudgedRun judged = new CampaignWorker(
            (options, request) =>
            {
                runs++;
                return StandIn.Result(options.Seed, traceHash: (ulong)runs) with
                {
                    Trace = request.RetainTrace ? [Event(0), Event(runs)] : [],
                };
            },
            Always).Run(new CampaignCase(9));
        Assert.Equal(Verdict.HarnessFailed, judged.Verdict);
        Assert.Null(judged.Check);
        Assert.Equal(
            "The run was not the same twice: the events differed; event 1 was 1.000000500 s, task 2: step local-step=3, "
            + "then 1.000000500 s, task 2: step local-step=4.",
            judged.Message);
    }

    [Theory]
    [InlineData(1, 2, 2, 2, "RAM")]
    [InlineData(2, 1, 2, 2, "bytes of a channel")]
    [InlineData(2, 2, 1, 1, "QMP replies and times")]
    public void Run_that_leaves_something_else_behind_the_second_time_is_a_failure_of_the_harness(
        ulong ram, ulong channels, ulong replies, ulong times, string difference)
    {
        int runs = 0;
        JudgedRun judged = new CampaignWorker(
            (options, request) => StandIn.Result(options.Seed) with
            {
                Content = request.HashesContent && runs++ == 0 ? new RunContent(2, 2, 2, 2) : new RunContent(ram, channels, replies, times),
            },
            Always).Run(new CampaignCase(9));
        Assert.Equal(Verdict.HarnessFailed, judged.Verdict);
        Assert.Equal($"The run was not the same twice: {difference} differed. Its events, done twice again, were the same.", judged.Message);
    }

    [Fact]
    public void Crash_of_the_harness_is_the_result_of_its_case()
    {
        JudgedRun judged = new CampaignWorker((_, _) => throw new InvalidOperationException("it broke"), Always).Run(new CampaignCase(9));
        Assert.Equal((9UL, Verdict.HarnessFailed, null), (judged.Seed, judged.Verdict, judged.Check));
        Assert.StartsWith("The harness crashed: System.InvalidOperationException: it broke", judged.Message);
    }

    [Fact]
    public void What_a_run_leaves_behind_is_hashed()
    {
        using ScenarioRunner runner = new();
        ScenarioOptions options = ScenarioOptions.Draw(4);
        RunContent first = runner.Run(options, new RunRequest { HashesContent = true }).Content!;
        RunContent other = runner.Run(options with { PoisonByte = 0x11, Seed = 2 }, new RunRequest { HashesContent = true }).Content!;
        Assert.Equal("RAM and bytes of a channel and QMP replies and times", first.Difference(other));
        Assert.Null(runner.Run(options).Content);
    }

    [Fact]
    public void Real_runs_are_the_same_twice()
    {
        using ScenarioRunner runner = new();
        CampaignWorker worker = new(runner.Run, Always);
        for (ulong seed = 1; seed <= 100; seed++)
        {
            JudgedRun judged = worker.Run(new CampaignCase(seed));
            Assert.True(judged.Verdict == Verdict.Passed, $"seed {seed}: {judged.Check}: {judged.Message}");
        }
    }

    // A world keeps its storage from run to run: what ran before must not show.
    [Fact]
    public void Run_does_not_depend_on_what_the_runner_ran_before()
    {
        using ScenarioRunner used = new();
        for (ulong seed = 1; seed <= 50; seed++)
        {
            using ScenarioRunner fresh = new();
            ScenarioOptions options = ScenarioOptions.Draw(seed);
            Assert.Equal(fresh.Run(options).TraceHash, used.Run(options).TraceHash);
        }
    }
}
