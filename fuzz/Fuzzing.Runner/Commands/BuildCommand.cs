using System.CommandLine;
using Fuzzing.Runner.Engines;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz build</c>: the self-contained libFuzzer binaries.</summary>
internal sealed class BuildCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _targets = new("target")
    {
        Description = "Targets to build for. [default: all]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Makes the command.</summary>
    public BuildCommand()
        : base("build", "Build one self-contained libFuzzer binary per target: native code, needs clang (Debian: clang libclang-rt-14-dev, .ci/install-clang).")
    {
        Arguments.Add(_targets);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("All targets", "fuzz build"),
        ("One, and run it by hand", "fuzz build multifd; artifacts/fuzz/libfuzzer/multifd -help=1"),
    ];

    private int Run(ParseResult result)
    {
        string[] targets = result.GetValue(_targets) is { Length: > 0 } named ? named : [.. Targets.TargetCatalogue.Names];
        if (targets.FirstOrDefault(target => !Targets.TargetCatalogue.Names.Contains(target)) is { } unknown)
            throw new FormatException($"there is no target '{unknown}': fuzz list names them");
        foreach (string file in LibFuzzerBuild.Run(targets))
            Console.Out.WriteLine(Folders.Shown(file));
        return ExitCode.Passed;
    }
}
