using System.Reflection;
using Fuzzing.Engine;

namespace Fuzzing.Xunit;

/// <summary>A test method as a target. Of a class that is no static one an object is made, and used again from run to run.</summary>
internal sealed class MethodTarget : FuzzTarget
{
    private readonly Fuzzed _run;
    private readonly int _maximumBytes;

    /// <summary>Makes a target.</summary>
    /// <param name="method">A method that takes a <c>ReadOnlySpan&lt;byte&gt;</c> and returns nothing.</param>
    /// <param name="maximumBytes">Longest input that a mutation makes.</param>
    public MethodTarget(MethodInfo method, int maximumBytes)
    {
        Name = $"{method.DeclaringType!.Name}.{method.Name}";
        _maximumBytes = maximumBytes;
        _run = method.CreateDelegate<Fuzzed>(method.IsStatic ? null : Activator.CreateInstance(method.DeclaringType!));
    }

    private delegate void Fuzzed(ReadOnlySpan<byte> input);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Covers => Name;

    /// <inheritdoc/>
    public override string Asserts => "What its method does.";

    /// <inheritdoc/>
    public override int MaximumBytes => _maximumBytes;

    /// <inheritdoc/>
    protected override void RunInput(ReadOnlyMemory<byte> input) => _run(input.Span);
}
