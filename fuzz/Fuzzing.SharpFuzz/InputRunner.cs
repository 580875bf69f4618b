using Fuzzing.Engine;
using Fuzzing.Engine.Execution;

namespace Fuzzing.SharpFuzz;

/// <summary>Runs a target on the inputs that SharpFuzz hands over; an exception is how SharpFuzz learns of a finding.</summary>
/// <param name="target">The target.</param>
internal sealed class InputRunner(FuzzTarget target)
{
    private const int MostBytes = 1 << 20;
    private readonly Executor _executor = new(target, new InputBuffer(MostBytes));
    private readonly byte[] _stream = new byte[MostBytes];

    /// <summary>Runs one input.</summary>
    /// <param name="input">The input.</param>
    /// <exception cref="InvalidOperationException">It is a finding.</exception>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (_executor.Run(input) is not { } finding)
            return;

        // SharpFuzz's driver learns that something was thrown, and not what.
        Console.Error.WriteLine($"finding {finding.Signature}: {finding.Detail}");
        throw new InvalidOperationException(finding.Signature);
    }

    /// <summary>Runs what a stream holds.</summary>
    /// <param name="input">The stream, left open.</param>
    /// <exception cref="InvalidOperationException">It is a finding.</exception>
    public void Run(Stream input) => Run(_stream.AsSpan(0, input.ReadAtLeast(_stream, MostBytes, throwOnEndOfStream: false)));
}
