using System.CommandLine;
using Fuzzing.Runner.Output;
using Fuzzing.Runner.Workers;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz coverage</c>: the source lines that a corpus reaches.</summary>
internal sealed class CoverageCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _target = CommonArguments.Target();

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The folder for the report. [default: artifacts/fuzz/TARGET/coverage]",
        HelpName = "folder",
    };

    /// <summary>Makes the command.</summary>
    public CoverageCommand()
        : base("coverage", "Show which source lines the seeds and the corpus of a target reach: HTML, and Cobertura XML beside it.")
    {
        Arguments.Add(_target);
        Options.Add(_output);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("The lines of a target", "fuzz coverage main-stream")];

    private int Run(ParseResult result)
    {
        string target = result.GetRequiredValue(_target);
        string folder = Path.GetFullPath(result.GetValue(_output) ?? Path.Combine(Folders.Artifacts, target, "coverage"));
        Directory.CreateDirectory(folder);
        string cobertura = Path.Combine(folder, "cobertura.xml");
        string[] line = WorkerRun.ToLastLine(new WorkerRequest
        {
            Task = WorkerTask.Coverage,
            Target = target,
            StatusFile = Folders.Status(target, "coverage"),
            Inputs = [.. new[] { Folders.Seeds(target), Folders.Corpus(target) }.Where(Directory.Exists)],
            Output = cobertura,
        });
        CoverageReport.Write(cobertura, folder);
        Console.Out.WriteLine(
            $"{target}: {line[0]} inputs reach {line[1]} of {line[2]} blocks ({Folders.Shown(Path.Combine(folder, "index.html"))})");
        return FuzzExitCode.Passed;
    }
}
