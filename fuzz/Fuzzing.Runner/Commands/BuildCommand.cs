using System.CommandLine;
using Fuzzing.Runner.Engines;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz build</c>: what the engines of others run.</summary>
internal sealed class BuildCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _targets = CommonArguments.Targets("Targets to build for. [default: all]");

    private readonly Option<string> _engine = new("--engine")
    {
        Description = "libfuzzer and sharpfuzz need clang (Debian: clang libclang-rt-dev), afl needs clang and afl++.",
        DefaultValueFactory = _ => "libfuzzer",
    };

    /// <summary>Makes the command.</summary>
    public BuildCommand()
        : base("build", "Build what an engine other than the managed one runs: a binary of native code for each target, or a program for SharpFuzz.")
    {
        Arguments.Add(_targets);
        _engine.AcceptOnlyFromAmong([.. ForeignEngine.All.Select(engine => engine.Name)]);
        Options.Add(_engine);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("All targets", "fuzz build"),
        ("One, and run it by hand", "fuzz build multifd; artifacts/fuzz/libfuzzer/multifd -help=1"),
        .. ForeignEngine.All.Select(engine => (engine.Description, $"fuzz build multifd --engine {engine.Name}")),
    ];

    private int Run(ParseResult result)
    {
        ForeignEngine engine = ForeignEngine.All.First(engine => engine.Name == result.GetValue(_engine));
        foreach (string file in engine.Build(CommonArguments.NamedOrAll(result.GetValue(_targets))))
            Console.Out.WriteLine(Folders.Shown(file));
        return FuzzExitCode.Passed;
    }
}
