using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Mutation;

namespace Fuzzing.Engine;

/// <summary>
/// One thing that is fuzzed: takes bytes, and throws when a property is violated. The same target runs in every engine. An object is
/// used by one thread, again and again: it resets what a run touched and keeps the rest.
/// </summary>
public abstract class FuzzTarget
{
    /// <summary>Its name on the command line and of its folders: lower case, words with hyphens.</summary>
    public abstract string Name { get; }

    /// <summary>What it reaches, one sentence.</summary>
    public abstract string Covers { get; }

    /// <summary>What must hold of every input, one sentence.</summary>
    public abstract string Asserts { get; }

    /// <summary>Longest input that a mutation makes, in bytes.</summary>
    public virtual int MaximumBytes => 32 * 1024;

    /// <summary>The most that a run may allocate, in bytes: a stream of some kilobytes has no business with more than 64 MiB.</summary>
    public virtual long AllocationLimitBytes => 64 << 20;

    /// <summary>How its inputs are built, for the mutator.</summary>
    public virtual InputFormat Format => InputFormat.Plain;

    /// <summary>States of its own that are worth reaching as blocks are. Most have none.</summary>
    public virtual StateCounters? States => null;

    /// <summary>Runs one input; its states count from 0.</summary>
    /// <param name="input">Any bytes; what follows them in memory cannot be read.</param>
    /// <exception cref="FindingException">A property is violated. Any other exception is a finding too.</exception>
    public void Run(ReadOnlyMemory<byte> input)
    {
        States?.Clear();
        RunInput(input);
    }

    /// <summary>Does what <see cref="Run"/> says.</summary>
    /// <param name="input">The input.</param>
    protected abstract void RunInput(ReadOnlyMemory<byte> input);
}
