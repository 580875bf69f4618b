using System.Globalization;
using System.Text;

namespace Simulation.Engine.Loop;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>Every foreground task ended.</summary>
    Completed,

    /// <summary>A task is still waiting, nothing is ready and no event is left that could wake it.</summary>
    Deadlock,

    /// <summary>The next event lies behind <see cref="RunLimits.MaximumVirtualNanoseconds"/>.</summary>
    VirtualTimeExhausted,

    /// <summary><see cref="RunLimits.MaximumSteps"/> were taken.</summary>
    StepsExhausted,

    /// <summary>A logical task threw and nobody had asked for its end.</summary>
    TaskFailed,

    /// <summary><see cref="SimulationLoop.Stop"/> was called.</summary>
    Stopped,
}

/// <summary>A task that had not ended when the run did.</summary>
/// <param name="Name">The task.</param>
/// <param name="Site">The last place it said it was at.</param>
/// <param name="IsReady">Whether it could have gone on.</param>
/// <param name="IsBackground">Whether the run did not depend on it.</param>
/// <param name="WaitsInEngine">Whether it waits for the engine; false when it waits for something else, behind <paramref name="Site"/>.</param>
public sealed record UnfinishedTask(string Name, string Site, bool IsReady, bool IsBackground, bool WaitsInEngine);

/// <summary>The result of a run, whole in itself: it stays valid when the loop is used again.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Seed">The seed it ran from.</param>
/// <param name="VirtualNanoseconds">The virtual time at its end.</param>
/// <param name="Steps">Steps of all tasks.</param>
/// <param name="Decisions">Recorded choices: scheduling decisions among several tasks, and recorded draws.</param>
/// <param name="TraceHash">The hash of everything that happened.</param>
/// <param name="Unfinished">The tasks that had not ended, in the order of their ids.</param>
/// <param name="FailedTask">Which task threw, or null.</param>
/// <param name="Failure">What it threw, or null.</param>
public sealed record RunReport(
    RunOutcome Outcome,
    ulong Seed,
    long VirtualNanoseconds,
    long Steps,
    int Decisions,
    ulong TraceHash,
    IReadOnlyList<UnfinishedTask> Unfinished,
    string? FailedTask,
    Exception? Failure)
{
    /// <summary>One paragraph for people: the outcome, and who waits where or what was thrown.</summary>
    /// <returns>Text without a final line break.</returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Outcome} at {VirtualNanoseconds} ns after {Steps} steps, seed {Seed}");
        if (Failure is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n  {FailedTask} threw {Failure.GetType().Name}: {Failure.Message}");
        foreach (UnfinishedTask task in Unfinished)
        {
            string state = task.IsReady ? "is ready at" : task.WaitsInEngine ? "waits at" : "waits for something outside the engine after";
            text.Append(CultureInfo.InvariantCulture, $"\n  {task.Name} {state} {task.Site}");
        }

        return text.ToString();
    }
}
