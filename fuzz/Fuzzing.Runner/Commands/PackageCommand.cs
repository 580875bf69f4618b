using System.CommandLine;
using Fuzzing.Runner.Engines;
using Fuzzing.Runner.Output;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz package</c>: the libFuzzer binaries as services like ClusterFuzz take them.</summary>
internal sealed class PackageCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _targets = CommonArguments.Targets("Targets to package. [default: all]");

    private readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "The folder to write to. [default: artifacts/fuzz/package]",
        HelpName = "folder",
    };

    private readonly Option<Uri?> _repository = new("--repository")
    {
        Description = "Where the source is cloned from; writes what an OSS-Fuzz project is, too: project/Dockerfile, build.sh, project.yaml.",
        HelpName = "url",
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out Uri? url) && url.Scheme is "https" or "http" or "ssh")
                return url;
            result.AddError($"'{result.Tokens[0].Value}' is no URL to clone from.");
            return null;
        },
    };

    /// <summary>Makes the command.</summary>
    public PackageCommand()
        : base("package", "Put binary, NAME_seed_corpus.zip, NAME.dict and NAME.options of each target into one folder, for services like ClusterFuzz.")
    {
        Arguments.Add(_targets);
        Options.Add(_output);
        Options.Add(_repository);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("All targets", "fuzz build; fuzz package"), ("One, elsewhere", "fuzz package multifd -o /tmp/upload"), ("A project for OSS-Fuzz", "fuzz package --repository https://example.org/project.git")];

    private int Run(ParseResult result)
    {
        string folder = Path.GetFullPath(result.GetValue(_output) ?? Path.Combine(Folders.Artifacts, "package"));
        LibFuzzerEngine engine = new();
        foreach (string target in CommonArguments.NamedOrAll(result.GetValue(_targets)))
        {
            ServicePackage.Write(folder, target, engine.Binary(target));
            Console.Out.WriteLine(Folders.Shown(Path.Combine(folder, target)));
        }
        if (result.GetValue(_repository) is { } repository)
            Console.Out.WriteLine(Folders.Shown(ServiceProject.Write(folder, repository.ToString())));
        return FuzzExitCode.Passed;
    }
}
