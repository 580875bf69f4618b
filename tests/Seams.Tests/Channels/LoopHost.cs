using System.Runtime.ExceptionServices;
using Qemu.Migration.Destination.Hosting;
using Simulation.Engine.Loop;

namespace Seams.Tests.Channels;

/// <summary>A place in virtual time.</summary>
public abstract class LoopHost : ChannelHost
{
    protected SimulationLoop Loop { get; } = new();

    /// <inheritdoc/>
    public override void Run(byte[] content, bool ends, Func<MigrationChannel, Task> body)
    {
        Loop.Reset(1);
        MigrationChannel channel = Make(content, ends);
        Loop.Spawn("test", () => body(channel));
        RunReport report = Loop.Run(RunLimits.Default);
        if (report.Failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
        Assert.Equal(RunOutcome.Completed, report.Outcome);
    }

    /// <inheritdoc/>
    public override Task Beside(Func<Task> body) => Loop.Spawn("beside", body).Completion;

    /// <inheritdoc/>
    public override async Task Settle(Func<bool> isReading)
    {
        // Longer than any link takes.
        await Loop.Delay(1_000_000_000);
        Assert.True(isReading());
    }

    /// <inheritdoc/>
    public override Task Await(Task task) => task;

    /// <summary>Makes a channel whose peer has sent bytes, or will.</summary>
    /// <param name="content">The bytes.</param>
    /// <param name="ends">Whether the peer ends its stream behind them.</param>
    /// <returns>The channel.</returns>
    protected abstract MigrationChannel Make(byte[] content, bool ends);
}
