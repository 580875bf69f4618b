using System.CommandLine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Targets.Seeds;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz merge</c>: the smallest corpus that reaches as much.</summary>
internal sealed class MergeCommand : Command, ITeachesByExample
{
    private readonly Argument<string> _target = CommonArguments.Target();

    private readonly Argument<string[]> _folders = new("folder")
    {
        Description = "Folders or files to merge. [default: the seeds and the corpus of the target]",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string?> _into = new("--into")
    {
        Description = "The folder to write, made anew. [default: corpus/seeds/TARGET]",
        HelpName = "folder",
    };

    private readonly Option<bool> _blocks = new("--blocks") { Description = "Count blocks only, not how often they are passed: a much smaller corpus." };

    private readonly Option<bool> _fresh = new("--fresh")
    {
        Description = "Add what can be made of the recorded, malformed and simulated streams.",
    };

    private readonly Option<bool> _dryRun = CommonArguments.DryRun("Only say what would stay; write nothing.");

    /// <summary>Makes the command.</summary>
    public MergeCommand()
        : base("merge", "Keep of several folders the smallest inputs that together reach what all of them reach.")
    {
        Arguments.Add(_target);
        Arguments.Add(_folders);
        Options.Add(_into);
        Options.Add(_blocks);
        Options.Add(_fresh);
        Options.Add(_dryRun);
        Aliases.Add("cmin");
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("What a run has found becomes seeds", "fuzz merge main-stream --blocks"),
        ("Seeds from nothing", "fuzz merge main-stream --blocks --fresh"),
        ("Another engine's corpus into a folder of one's own", "fuzz merge multifd /tmp/afl/queue --into /tmp/multifd"),
    ];

    private int Run(ParseResult result)
    {
        string target = result.GetRequiredValue(_target);
        string[] named = result.GetValue(_folders) ?? [];
        string into = Path.GetFullPath(result.GetValue(_into) ?? Folders.Seeds(target));
        string[] sources = named.Length > 0 ? named : [.. new[] { Folders.Seeds(target), Folders.Corpus(target) }.Where(Directory.Exists)];
        if (result.GetValue(_fresh))
            sources = [.. sources, MakeSeeds(target)];
        CorpusMerge merge = CorpusMerge.Run(
            target, CommonArguments.RequireThere(sources), into, result.GetValue(_blocks), result.GetValue(_dryRun));
        merge.Tell(Console.Out);
        return merge.HasFindings ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    private static string MakeSeeds(string target)
    {
        CorpusFolder made = new(Path.Combine(Folders.Artifacts, target, "made"));
        foreach (byte[] seed in SeedMaker.For(target, Folders.RecordedCorpus))
            made.Save(seed);
        return made.FolderPath;
    }
}
