using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Loop;

public sealed class SimulationLoopTests
{
    private readonly SimulationLoop _loop = new();
    private readonly List<string> _said = [];

    [Fact]
    public void Plain_order_is_by_time_and_then_by_sequence()
    {
        _loop.Spawn("late", async () =>
        {
            await _loop.Delay(20);
            Say("late");
        });
        _loop.Spawn("first", async () =>
        {
            await _loop.Delay(10);
            Say("first");
        });
        _loop.Spawn("second", async () =>
        {
            await _loop.Delay(10);
            Say("second");
        });

        RunReport report = _loop.Run();

        Assert.Equal(["first@10", "second@10", "late@20"], _said);
        Assert.Equal((RunOutcome.Completed, 20), (report.Outcome, report.VirtualNanoseconds));
    }

    [Fact]
    public void Delay_of_zero_lets_those_who_are_ready_go_first()
    {
        _loop.Spawn("polite", async () =>
        {
            await _loop.Delay(0);
            Say("polite");
        });
        _loop.Spawn("other", () =>
        {
            Say("other");
            return Task.CompletedTask;
        });

        _loop.Run();

        Assert.Equal(["other@0", "polite@0"], _said);
    }

    [Fact]
    public void Continuation_comes_back_to_its_own_task_whoever_completes_it()
    {
        var gate = new TaskCompletionSource();
        _loop.Spawn("waits", async () =>
        {
            await gate.Task;
            Say(_loop.Current!.Name);
        });
        _loop.Spawn("opens", async () =>
        {
            await _loop.Delay(5);
            gate.SetResult();
            Say(_loop.Current!.Name);
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["opens@5", "waits@5"], _said);
    }

    [Fact]
    public void Semaphore_event_and_source_of_the_base_library_stay_on_the_loop()
    {
        var semaphore = new SemaphoreSlim(0);
        var source = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _loop.Spawn("waits", async () =>
        {
            await semaphore.WaitAsync();
            Say(_loop.Current!.Name);
            Say($"{await source.Task}");
        });
        _loop.Spawn("wakes", async () =>
        {
            semaphore.Release();
            await _loop.Delay(7);
            source.SetResult(3);
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["waits@0", "3@7"], _said);
    }

    [Fact]
    public void Deadlock_names_each_task_and_where_it_waits()
    {
        var waiter = new Waiter(_loop);
        var never = new TaskCompletionSource();
        _loop.Spawn("main", async () =>
        {
            await _loop.Delay(3);
            await waiter.WaitAsync("multifd sync");
        });
        _loop.Spawn("foreign", async () =>
        {
            await _loop.Point("before join");
            await never.Task;
        });
        _loop.Spawn("ends", () => Task.CompletedTask);

        RunReport report = _loop.Run();

        Assert.Equal((RunOutcome.Deadlock, 3), (report.Outcome, report.VirtualNanoseconds));
        Assert.Equal(
            [
                new UnfinishedTask("main", "multifd sync", IsReady: false, IsBackground: false, WaitsInEngine: true),
                new UnfinishedTask("foreign", "before join", IsReady: false, IsBackground: false, WaitsInEngine: false),
            ],
            report.Unfinished);
    }

    [Fact]
    public void Task_that_never_waits_long_enough_is_a_livelock_by_steps()
    {
        _loop.Spawn("spins", async () =>
        {
            while (true)
                await _loop.Point("again");
        });

        RunReport report = _loop.Run(RunLimits.Default with { MaximumSteps = 1000 });

        Assert.Equal((RunOutcome.StepsExhausted, 1000), (report.Outcome, report.Steps));
    }

    [Fact]
    public void Task_that_sleeps_for_ever_is_a_livelock_by_time_and_the_run_can_go_on()
    {
        _loop.Spawn("polls", async () =>
        {
            while (_loop.NowNanoseconds < 2500)
                await _loop.Delay(100);
        });

        RunReport report = _loop.Run(RunLimits.Default with { MaximumVirtualNanoseconds = 1000 });
        Assert.Equal((RunOutcome.VirtualTimeExhausted, 1000), (report.Outcome, report.VirtualNanoseconds));

        report = _loop.Run();
        Assert.Equal((RunOutcome.Completed, 2500), (report.Outcome, report.VirtualNanoseconds));
    }

    [Fact]
    public void Failure_of_a_task_ends_the_run_under_its_name()
    {
        _loop.Spawn("bystander", async () =>
        {
            await _loop.Delay(100);
            Say("bystander");
        });
        _loop.Spawn("fails", async () =>
        {
            await _loop.Delay(10);
            throw new InvalidDataException("page 7");
        });

        RunReport report = _loop.Run();

        Assert.Equal((RunOutcome.TaskFailed, "fails"), (report.Outcome, report.FailedTask));
        Assert.Equal("page 7", Assert.IsType<InvalidDataException>(report.Failure).Message);
        Assert.Empty(_said);
    }

    [Fact]
    public void Failure_goes_to_whoever_asked_for_the_end_of_the_task()
    {
        LogicalTask child = _loop.Spawn("child", async () =>
        {
            await _loop.Delay(10);
            throw new InvalidDataException("page 7");
        });
        _loop.Spawn("parent", async () =>
        {
            var thrown = await Assert.ThrowsAsync<InvalidDataException>(() => child.Completion);
            Say(thrown.Message);
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["page 7@10"], _said);
        Assert.NotNull(child.Failure);
    }

    [Fact]
    public void End_of_a_task_adds_no_step_and_no_decision()
    {
        _loop.Spawn("a", async () => await _loop.Delay(1));
        _loop.Spawn("b", async () => await _loop.Delay(2));

        RunReport report = _loop.Run();

        // Two starts, with one choice between them, and two ends of a delay.
        Assert.Equal((4, 1), (report.Steps, report.Decisions));
    }

    [Fact]
    public void Body_that_ends_by_the_hand_of_another_task_is_seen_at_once()
    {
        var handed = new TaskCompletionSource();
        _loop.Spawn("handed", () => handed.Task);
        _loop.Spawn("hands", async () =>
        {
            await _loop.Delay(4);
            handed.SetResult();
        });

        RunReport report = _loop.Run();

        // Two starts and the end of the delay: the end that was handed over is no step.
        Assert.Equal((RunOutcome.Completed, 4, 3), (report.Outcome, report.VirtualNanoseconds, report.Steps));
    }

    [Fact]
    public void Background_task_keeps_no_run_alive()
    {
        _loop.Spawn("serves", async () => await new TaskCompletionSource().Task, isBackground: true);
        _loop.Spawn("works", async () => await _loop.Delay(6));

        RunReport report = _loop.Run();

        Assert.Equal((RunOutcome.Completed, 6), (report.Outcome, report.VirtualNanoseconds));
        Assert.Equal("serves", Assert.Single(report.Unfinished).Name);
    }

    [Fact]
    public void Delay_ends_early_when_cancelled_and_its_source_is_not_confused()
    {
        var source = new CancellationTokenSource();
        _loop.Spawn("waits", async () =>
        {
            await Assert.ThrowsAsync<OperationCanceledException>(async () => await _loop.Delay(1000, "long", source.Token));
            Say("cut");
            await _loop.Delay(50);
            Say("whole");
        });
        _loop.Spawn("cancels", async () =>
        {
            await _loop.Delay(30);
            source.Cancel();
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["cut@30", "whole@80"], _said);
    }

    [Fact]
    public void Leftovers_of_an_earlier_run_do_nothing_to_a_later_one()
    {
        var gate = new TaskCompletionSource();
        var cancellation = new CancellationTokenSource();
        _loop.Spawn("stale", async () =>
        {
            await gate.Task;
            Say("stale");
        });
        _loop.Spawn("sleeper", async () => await _loop.Delay(1000, "sleep", cancellation.Token));
        _loop.Run(RunLimits.Default with { MaximumVirtualNanoseconds = 10 });

        _loop.Reset(2);
        _loop.Spawn("fresh", async () =>
        {
            gate.SetResult();
            await _loop.Delay(500);
            Say("fresh");
        });
        _loop.Spawn("late hand", async () =>
        {
            await _loop.Delay(100);
            cancellation.Cancel();
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["fresh@500"], _said);
    }

    [Fact]
    public void Waiter_wakes_one_waiter_once_and_forgets_a_wake_for_nobody()
    {
        var waiter = new Waiter(_loop);
        Assert.False(waiter.Wake());
        _loop.Spawn("waits", async () =>
        {
            for (int i = 0; i < 2; i++)
            {
                await waiter.WaitAsync("bell");
                Say("woken");
            }
        });
        _loop.Spawn("wakes", async () =>
        {
            await _loop.Delay(10);
            Assert.True(waiter.Wake());
            Assert.False(waiter.Wake());
            await _loop.Delay(10);
            Assert.True(waiter.Wake());
        });

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
        Assert.Equal(["woken@10", "woken@20"], _said);
    }

    [Fact]
    public void Second_waiter_at_one_waiter_is_refused()
    {
        var waiter = new Waiter(_loop);
        _loop.Spawn("one", async () => await waiter.WaitAsync("bell"));
        _loop.Spawn("two", async () => await waiter.WaitAsync("bell"));

        RunReport report = _loop.Run();

        Assert.Equal((RunOutcome.TaskFailed, "two"), (report.Outcome, report.FailedTask));
        Assert.IsType<InvalidOperationException>(report.Failure);
    }

    [Fact]
    public void Tasks_of_one_name_are_numbered()
    {
        LogicalTask[] tasks = [.. Enumerable.Range(0, 3).Select(_ => _loop.Spawn("rx", () => Task.CompletedTask))];

        Assert.Equal(["rx", "rx#2", "rx#3"], tasks.Select(task => task.Name));
        Assert.Equal([1, 2, 3], tasks.Select(task => task.Id));
    }

    private void Say(string what) => _said.Add($"{what}@{_loop.NowNanoseconds}");
}
