using Simulation.Engine.Loop;

namespace Simulation.Engine.Tests.Loop;

public sealed class EscapeTests
{
    private readonly SimulationLoop _loop = new();

    [Fact]
    public void Awaiting_work_of_the_thread_pool_is_a_harness_error()
    {
        using var gate = new ManualResetEventSlim();
        var escaped = new TaskCompletionSource<Task>();
        _loop.Spawn("escapes", async () =>
        {
            Task work = Task.Run(gate.Wait);
            escaped.SetResult(work);
            await work;
        });
        _loop.Spawn("holds the loop until then", async () =>
        {
            Task work = await escaped.Task;
            gate.Set();
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne();
        });

        Assert.Throws<HarnessException>(() => _loop.Run());
    }

    [Fact]
    public void Work_of_the_thread_pool_that_is_done_before_anybody_waits_is_a_harness_error_too()
    {
        _loop.Spawn("escapes", async () =>
        {
            Task work = Task.Run(() => { });
            ((IAsyncResult)work).AsyncWaitHandle.WaitOne();
            await work;
        });

        Assert.Contains("another thread", Assert.Throws<HarnessException>(() => _loop.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Continuation_on_the_default_scheduler_is_a_harness_error()
    {
        _loop.Spawn("escapes", async () =>
        {
            await _loop.Point("the place");
            Task continued = Task.CompletedTask.ContinueWith(_ => { }, TaskScheduler.Default);
            ((IAsyncResult)continued).AsyncWaitHandle.WaitOne();
            await _loop.Delay(1);
        });

        Assert.Contains("'escapes' after the place", Assert.Throws<HarnessException>(() => _loop.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Awaiting_the_engine_with_ConfigureAwait_false_is_a_harness_error()
    {
        _loop.Spawn("other", async () => await _loop.Point("x"));
        _loop.Spawn("escapes", async () => await _loop.Delay(5).ConfigureAwait(false));

        Assert.Contains("ConfigureAwait", Assert.Throws<HarnessException>(() => _loop.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Using_the_engine_from_another_thread_is_a_harness_error_even_if_swallowed()
    {
        _loop.Spawn("host", async () =>
        {
            var thread = new Thread(() => Assert.Throws<HarnessException>(() => _loop.Spawn("stray", () => Task.CompletedTask)));

            // Unsafe: nothing flows with it, so that only the engine's own check can see it.
            thread.UnsafeStart();
            thread.Join();
            await _loop.Delay(1);
        });

        Assert.Throws<HarnessException>(() => _loop.Run());
    }

    [Fact]
    public void Work_that_comes_back_from_another_thread_is_a_harness_error_in_a_run_that_is_not_watched()
    {
        _loop.WatchesEscapes = false;
        TaskCompletionSource foreign = new();
        _loop.Spawn("waits", async () => await foreign.Task);
        _loop.Spawn("lets a stranger wake it", async () =>
        {
            await _loop.Point("x");
            Thread stranger = new(foreign.SetResult);
            stranger.UnsafeStart();
            stranger.Join();
        });

        Assert.Contains("another thread", Assert.Throws<HarnessException>(() => _loop.Run()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Waiting_outside_any_task_is_a_harness_error()
    {
        Assert.Throws<HarnessException>(() => { _loop.Point("nowhere"); });
        Assert.Throws<HarnessException>(() => { _loop.Delay(1); });
    }

    [Fact]
    public void Loop_is_good_again_after_an_escape()
    {
        _loop.Spawn("escapes", () =>
        {
            ((IAsyncResult)Task.Run(() => { })).AsyncWaitHandle.WaitOne();
            return Task.CompletedTask;
        });
        Assert.Throws<HarnessException>(() => _loop.Run());

        _loop.Reset(1);
        _loop.Spawn("stays", async () => await _loop.Delay(1));

        Assert.Equal(RunOutcome.Completed, _loop.Run().Outcome);
    }

    [Fact]
    public void Run_restores_the_callers_synchronization_context()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        _loop.Spawn("task", async () => await _loop.Delay(1));
        _loop.Run();

        Assert.Same(before, SynchronizationContext.Current);
    }
}
