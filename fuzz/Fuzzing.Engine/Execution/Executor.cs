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

    /// <summary>Takes each finding with its input, whatever the run was for: fuzzing, trimming, minimizing or merging.</summary>
    public Action<Finding, byte[]>? OnFinding { get; set; }

    /// <summary>Runs an input.</summary>
    /// <param name="input">The input.</param>
    /// <returns>What is wrong, or null.</returns>
    public Finding? Run(ReadOnlySpan<byte> input)
    {
        ReadOnlyMemory<byte> placed = buffer.Place(input);
        Finding? finding = RunPlaced(placed);
        if (finding is not null && OnFinding is { } report)
            report(finding, input.ToArray());
        return finding;
    }

    private Finding? RunPlaced(ReadOnlyMemory<byte> input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            buffer.Status.IsRunning = 1;
            target.Run(input);
        }
        catch (FindingException error) when (error.Property == FindingException.Hang)
        {
            return Finding.Of(WithPlace(error, input));
        }
        catch (Exception error)
        {
            return Finding.Of(error);
        }
        finally
        {
            buffer.Status.IsRunning = 0;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= target.AllocationLimitBytes ? null : OfMemory(allocated, input);
    }

    // Run it once more with recording of wait places.
    private Exception WithPlace(FindingException first, ReadOnlyMemory<byte> input)
    {
        WaitTrace.IsOn = true;
        try
        {
            target.Run(input);
        }
        catch (FindingException error) when (error.Property == first.Property)
        {
            return error;
        }
        catch (Exception)
        {
            // The first run is what counts.
        }
        finally
        {
            WaitTrace.IsOn = false;
        }
        return first;
    }

    private Finding OfMemory(long allocated, ReadOnlyMemory<byte> input)
    {
        string type = AllocationWitness.TypeOf(() =>
        {
            try
            {
                target.Run(input);
            }
            catch (Exception)
            {
                // The first run is what counts.
            }
        });
        return Finding.OfProperty(
            "memory", type, $"an input of {input.Length} bytes made the target allocate {allocated} bytes, most of them for {type}");
    }
}
