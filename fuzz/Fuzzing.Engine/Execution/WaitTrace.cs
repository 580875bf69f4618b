namespace Fuzzing.Engine.Execution;

/// <summary>Whether a run keeps the place of each wait. That is slow, so an input that hangs is run a second time with it.</summary>
public static class WaitTrace
{
    /// <summary>Whether places are kept; set by the <see cref="Executor"/>, read by the host of a target.</summary>
    public static bool IsOn { get; internal set; }
}
