namespace Fuzzing.Engine.Execution;

/// <summary>Runs a target on one input at a time and tells findings from good runs.</summary>
/// <param name="target">The target.</param>
/// <param name="buffer">Where it reads its input.</param>
public sealed class Executor(FuzzTarget target, InputBuffer buffer)
{
    /// <summary>The target.</summary>
    public FuzzTarget Target => target;

    /// <summary>Runs so far.</summary>
    public long Executions => buffer.Status.Executions;

    /// <summary>Runs an input.</summary>
    /// <param name="input">The input.</param>
    /// <returns>What is wrong, or null.</returns>
    public Finding? Run(ReadOnlySpan<byte> input)
    {
        ReadOnlyMemory<byte> placed = buffer.Place(input);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(placed);
        }
        catch (Exception error)
        {
            return Finding.Of(error);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= target.AllocationLimitBytes
            ? null
            : Finding.OfDeath("memory", $"an input of {input.Length} bytes made the target allocate {allocated} bytes");
    }
}
