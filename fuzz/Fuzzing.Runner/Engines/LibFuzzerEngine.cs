using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Engines;

/// <summary>One binary of native code for each target, with libFuzzer, the managed engine's instrumentation and its mutator in it.</summary>
internal sealed class LibFuzzerEngine : ForeignEngine
{
    /// <inheritdoc/>
    public override string Name => "libfuzzer";

    /// <inheritdoc/>
    public override string Description => "native code under libFuzzer";

    /// <summary>The binary of a target.</summary>
    /// <param name="target">Its name.</param>
    /// <exception cref="HarnessFailureException">It was not built.</exception>
    public string Binary(string target) => Built(Path.Combine(Room, target), target);

    /// <inheritdoc/>
    public override IEnumerable<string> Build(IReadOnlyList<string> targets)
    {
        Tools.RequireLibFuzzer();
        return NativeProgram.Build(Room, targets, _ => ["-fsanitize=fuzzer"]);
    }

    /// <inheritdoc/>
    public override int Run(FuzzSettings settings, IReadOnlyList<string> flags) =>
        LibFuzzerRun.ToEnd(Binary(settings.Target), settings, flags);
}
