using Fuzzing.Runner.Campaigns;
using Fuzzing.Targets;

namespace Fuzzing.Runner.Engines;

/// <summary>AFL++ with the target linked in: the native code of the libFuzzer binary, with AFL++'s own driver in libFuzzer's place.</summary>
internal sealed class AflEngine : ForeignEngine
{
    /// <inheritdoc/>
    public override string Name => "afl";

    /// <inheritdoc/>
    public override string Description => "native code under AFL++";

    /// <inheritdoc/>
    public override IEnumerable<string> Build(IReadOnlyList<string> targets)
    {
        Tools.Require("clang", "clang and afl++");
        string libraries = AflRun.Libraries();
        return NativeProgram.Build(Room, targets, counters =>
        [
            CompileShim(counters + targets.Max(StatesOf)), Path.Combine(libraries, "libAFLDriver.a"), Path.Combine(libraries, "afl-compiler-rt.o"),
            "-Wl,--wrap=LLVMFuzzerInitialize", "-Wl,--wrap=LLVMFuzzerTestOneInput",
        ]);
    }

    /// <inheritdoc/>
    public override int Run(FuzzSettings settings, IReadOnlyList<string> flags) =>
        new AflRun(settings, [Built(Path.Combine(Room, settings.Target), settings.Target)]).ToEnd(flags);

    private static int StatesOf(string target) => TargetCatalogue.Create(target)?.States?.Region.Count ?? 0;

    private string CompileShim(int counters)
    {
        string made = Path.Combine(Room, "afl.o");
        Directory.CreateDirectory(Room);
        Tools.RunQuietly("clang", "-O2", $"-DFUZZING_COUNTERS={counters}", "-c", Path.Combine(Path.GetDirectoryName(Folders.NativeProject)!, "afl.c"), "-o", made);
        return made;
    }
}
