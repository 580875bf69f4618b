using System.CommandLine;
using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz minimize</c>: makes a finding small.</summary>
internal sealed class MinimizeCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _file = new("file") { Description = "The input of a finding." };
    private readonly Option<string?> _target = CommonArguments.TargetOption();

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The file to write. [default: FILE.min]",
        HelpName = "file",
    };

    /// <summary>Makes the command.</summary>
    public MinimizeCommand()
        : base("minimize", "Make a finding small: the smallest input found that has its signature.")
    {
        Arguments.Add(_file);
        Options.Add(_target);
        Options.Add(_output);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("A finding", "fuzz minimize artifacts/fuzz/multifd/findings/hang-0f1e2d3c-5ba93c9d -o small.bin")];

    private int Run(ParseResult result)
    {
        string file = CommonArguments.Expand([result.GetRequiredValue(_file)])[0];
        string target = CommonArguments.TargetOf(result.GetValue(_target), [file]);
        if (FindingShrinker.Shrink(target, file) is not { } shrunk)
        {
            Console.Error.WriteLine($"fuzz: {file} is no finding of {target}");
            return FuzzExitCode.Passed;
        }
        string output = result.GetValue(_output) ?? file + ".min";
        File.WriteAllBytes(output, shrunk.Input);
        Console.Out.WriteLine($"{shrunk.Signature}: {new FileInfo(file).Length} bytes made {shrunk.Input.Length}, {Folders.Shown(output)}");
        return FuzzExitCode.Finding;
    }
}
