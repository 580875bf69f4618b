using System.Runtime.ExceptionServices;
using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Daemon;
using Simulation.Engine.Loop;
using Simulation.Scenarios;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Observing;
using Simulation.Schedules.Models;
using Simulation.Schedules.Own;
using TestKit;

namespace Seams.Tests.Environments;

public sealed class DaemonTests : EnvironmentContract
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // A task that fails ends the process there: the test's own failures are carried out.
    protected override void Run(Func<DestinationEnvironment, Task> body)
    {
        DaemonEnvironment environment = new(MigrationTrace.None);
        Exception? failure = null;
        Task run = environment.Spawn("test", async () =>
        {
            try
            {
                await body(environment);
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        });
        Assert.True(run.Wait(Patience));
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    [Fact]
    public void Task_ends_when_its_body_does() => Run(environment =>
    {
        bool done = false;
        Assert.True(environment.Spawn("other", () =>
        {
            done = true;
            return Task.CompletedTask;
        }).Wait(Patience));
        Assert.True(done);
        return Task.CompletedTask;
    });
}

public sealed class SimulatedTests : EnvironmentContract
{
    protected override void Run(Func<DestinationEnvironment, Task> body)
    {
        SimulationLoop loop = new();
        RunObservation observation = new();
        observation.Reset(ScenarioOptions.Draw(1));
        OnLoop.Run(loop, new SimulatedEnvironment(loop, new PooledMemory(), MigrationTrace.None, observation), body);
        Assert.Null(observation.Thrown);
    }
}

public sealed class ScheduledTests : EnvironmentContract
{
    protected override void Run(Func<DestinationEnvironment, Task> body)
    {
        SimulationLoop loop = new();
        OnLoop.Run(loop, new OwnEnvironment(loop, ModelCatalogue.Find("multifd")), body);
    }
}

public sealed class FuzzTests : EnvironmentContract
{
    protected override void Run(Func<DestinationEnvironment, Task> body) =>
        body(new FuzzEnvironment()).WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
}

public sealed class UnderTestTests : EnvironmentContract
{
    protected override void Run(Func<DestinationEnvironment, Task> body) =>
        body(new TestEnvironment()).WaitAsync(TimeSpan.FromSeconds(60)).GetAwaiter().GetResult();
}

internal static class OnLoop
{
    public static void Run(SimulationLoop loop, DestinationEnvironment environment, Func<DestinationEnvironment, Task> body)
    {
        loop.Spawn("test", () => body(environment));
        RunReport report = loop.Run(RunLimits.Default);
        if (report.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
    }
}
