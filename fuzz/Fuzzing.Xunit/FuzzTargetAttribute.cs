using Xunit;
using Xunit.Sdk;

namespace Fuzzing.Xunit;

/// <summary>
/// A test of any bytes: a public method that takes a <c>ReadOnlySpan&lt;byte&gt;</c> and throws when something is wrong. As a test it is run on
/// each file of its corpus, the folder <c>Corpus/TYPE.METHOD</c> of the test project. With <c>FUZZ_TIME=30s</c> in the environment it is fuzzed so
/// long too. What is found goes into that folder, as bytes and as a test in C#.
/// </summary>
/// <param name="instrumented">Simple names of the assemblies that are fuzzed: their blocks guide the search.</param>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Fuzzing.Xunit.FuzzTargetDiscoverer", "Fuzzing.Xunit")]
public sealed class FuzzTargetAttribute(params string[] instrumented) : FactAttribute
{
    /// <summary>The assemblies that are fuzzed.</summary>
    public IReadOnlyList<string> Instrumented => instrumented;

    /// <summary>Longest input that a mutation makes, in bytes.</summary>
    public int MaximumBytes { get; set; } = 4096;
}
