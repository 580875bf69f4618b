using Qemu.Migration.Destination.Hosting;

namespace Seams.Tests.Environments;

/// <summary>What every host promises (<see cref="DestinationEnvironment"/>).</summary>
public abstract class EnvironmentContract
{
    /// <summary>Runs a task as the host runs those of the destination, to its end.</summary>
    protected abstract void Run(Func<DestinationEnvironment, Task> body);

    [Fact]
    public void Clock_does_not_go_back() => Run(async environment =>
    {
        long before = environment.TimeProvider.GetTimestamp();
        await environment.Point("test");
        Assert.InRange(environment.TimeProvider.GetTimestamp(), before, long.MaxValue);
        Assert.InRange(environment.TimeProvider.TimestampFrequency, 1, long.MaxValue);
    });

    [Fact]
    public void Task_goes_on_when_another_has_said_so() => Run(async environment =>
    {
        TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isSet = false;
        _ = environment.Spawn("waiter", async () =>
        {
            await environment.WaitFor(signal.Task);
            Assert.True(isSet);
            done.SetResult();
        });
        await environment.Point("test");
        isSet = true;
        signal.SetResult();
        await environment.WaitFor(done.Task);
        await environment.WaitFor(done.Task);
    });

    [Fact]
    public void Memory_is_at_least_as_long_as_asked_for() => Run(async environment =>
    {
        await environment.Point("test");
        foreach (long length in (long[])[4096, 1 << 20])
        {
            using GuestMemoryRegion region = environment.MapGuestMemory("ram", length);
            Assert.InRange(region.LengthBytes, length, long.MaxValue);
        }
    });

    [Fact]
    public void What_is_told_is_told_to_one_trace() => Run(async environment =>
    {
        await environment.Point("test");
        Assert.NotNull(environment.Trace);
        Assert.Same(environment.Trace, environment.Trace);
    });
}
