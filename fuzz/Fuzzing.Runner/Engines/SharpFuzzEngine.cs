using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Engines;

/// <summary>SharpFuzz in its usual way: a program that calls <c>Fuzzer.LibFuzzer.Run</c>, and a driver that has libFuzzer in it. What
/// others measure against, and the way that any .NET user knows.</summary>
internal sealed class SharpFuzzEngine : ForeignEngine
{
    /// <inheritdoc/>
    public override string Name => "sharpfuzz";

    /// <inheritdoc/>
    public override string Description => "SharpFuzz behind a libFuzzer driver";

    private string Driver => Path.Combine(Room, "driver");

    /// <inheritdoc/>
    public override IEnumerable<string> Build(IReadOnlyList<string> targets)
    {
        Tools.RequireLibFuzzer();
        string program = SharpFuzzProgram.Build(Room);
        Tools.RunQuietly("clang", "-O2", "-fsanitize=fuzzer", SharpFuzzProgram.DriverSource, "-o", Driver);
        return [program, Driver];
    }

    /// <inheritdoc/>
    public override int Run(FuzzSettings settings, IReadOnlyList<string> flags)
    {
        string program = Built(SharpFuzzProgram.In(Room), settings.Target);
        return LibFuzzerRun.ToEnd(
            Built(Driver, settings.Target), settings, [$"--target_path={program}", $"--target_arg={settings.Target}", .. flags]);
    }
}
