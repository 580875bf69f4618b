using System.Runtime.InteropServices;

namespace Fuzzing.Engine.Execution;

/// <summary>What a worker tells of itself at the beginning of its <see cref="InputBuffer"/>'s file; read by another process at any
/// moment, so that each word is one store.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct WorkerStatus
{
    /// <summary>Bytes of the input being run.</summary>
    public long InputBytes;

    /// <summary>Runs begun.</summary>
    public long Executions;

    /// <summary>Inputs in the corpus.</summary>
    public long CorpusCount;

    /// <summary>Bytes of the corpus.</summary>
    public long CorpusBytes;

    /// <summary>Blocks reached.</summary>
    public long Blocks;

    /// <summary>Blocks that there are.</summary>
    public long BlockCount;

    /// <summary>Pairs of a block and how often it was passed, by powers of two.</summary>
    public long Features;

    /// <summary>Findings with different signatures.</summary>
    public long Findings;

    /// <summary>Nanoseconds spent in runs since the corpus was loaded.</summary>
    public long FuzzingNanoseconds;

    /// <summary>Runs in that time.</summary>
    public long FuzzingExecutions;

    /// <summary>Bytes allocated on the heap since then.</summary>
    public long AllocatedBytes;

    /// <summary>1 while a run goes on, 0 between runs.</summary>
    public long IsRunning;
}
