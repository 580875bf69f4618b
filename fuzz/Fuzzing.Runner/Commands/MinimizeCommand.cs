using System.CommandLine;
using Fuzzing.Runner.Campaigns;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz minimize</c>: makes a finding small.</summary>
internal sealed class MinimizeCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _file = new("file") { Description = "The input." };
    private readonly Option<string?> _target = CommonArguments.TargetOption();

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The file to write. [default: FILE.min]",
        HelpName = "file",
    };

    /// <summary>Makes the command.</summary>
    public MinimizeCommand()
        : base("minimize", "Make an input small: the smallest found with the signature of a finding, or that reaches as much where it is none.")
    {
        Arguments.Add(_file);
        Options.Add(_target);
        Options.Add(_output);
        Aliases.Add("tmin");
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("A finding", "fuzz minimize artifacts/fuzz/multifd/findings/hang-0f1e2d3c-5ba93c9d -o small.bin")];

    private int Run(ParseResult result)
    {
        string file = CommonArguments.Expand([result.GetRequiredValue(_file)])[0];
        string target = CommonArguments.TargetOf(result.GetValue(_target), [file]);
        (string signature, byte[] smallest) = FindingShrinker.Shrink(target, file);
        string output = result.GetValue(_output) ?? file + ".min";
        File.WriteAllBytes(output, smallest);
        Console.Out.WriteLine($"{(signature.Length > 0 ? signature : "no finding")}: {new FileInfo(file).Length} bytes made {smallest.Length}, {Folders.Shown(output)}");
        return signature.Length > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }
}
