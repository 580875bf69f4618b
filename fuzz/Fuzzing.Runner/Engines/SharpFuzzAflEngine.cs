using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Engines;

/// <summary>SharpFuzz under AFL++: a program that calls <c>Fuzzer.OutOfProcess.Run</c>, which speaks the fork server's protocol.</summary>
internal sealed class SharpFuzzAflEngine : ForeignEngine
{
    /// <inheritdoc/>
    public override string Name => "sharpfuzz-afl";

    /// <inheritdoc/>
    public override string Description => "SharpFuzz under AFL++";

    /// <inheritdoc/>
    public override IEnumerable<string> Build(IReadOnlyList<string> targets) => [SharpFuzzProgram.Build(Room)];

    /// <inheritdoc/>
    public override int Run(FuzzSettings settings, IReadOnlyList<string> flags)
    {
        string program = Built(SharpFuzzProgram.In(Room), settings.Target);

        // What afl-fuzz starts is dotnet, in which it finds no instrumentation of its own.
        return new AflRun(settings, ["dotnet", program + ".dll", settings.Target]) { SkipsBinaryCheck = true }.ToEnd(flags);
    }
}
