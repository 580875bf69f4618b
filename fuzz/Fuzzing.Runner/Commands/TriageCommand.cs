using System.CommandLine;
using Fuzzing.Engine.Corpus;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Output;
using Spectre.Console;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz triage</c>: findings by cause, each with its smallest input, kept for ever.</summary>
internal sealed class TriageCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _folders = CommonArguments.Files();
    private readonly Option<string?> _target = CommonArguments.TargetOption();

    private readonly Option<bool> _dry = CommonArguments.DryRun("Only show; write nothing.");

    /// <summary>Makes the command.</summary>
    public TriageCommand()
        : base("triage", "Tell findings apart by signature, make each small, and keep it in corpus/regressions, where a test replays it.")
    {
        Arguments.Add(_folders);
        Options.Add(_target);
        Options.Add(_dry);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("The findings of a run", "fuzz triage artifacts/fuzz/multifd/findings"),
        ("Those of another engine", "fuzz triage --target multifd /tmp/afl/crashes"),
    ];

    private int Run(ParseResult result)
    {
        IReadOnlyList<string> files = CommonArguments.Expand(result.GetRequiredValue(_folders));
        if (files.Count == 0)
            return FuzzExitCode.Passed;
        string target = CommonArguments.TargetOf(result.GetValue(_target), files);
        FindingLine[] findings = [.. new Replayer(target).Run(files).Where(line => line.Signature.Length > 0)];
        Table table = new Table().AddColumns("signature", "inputs", "bytes", "what is wrong", "file");
        foreach (IGrouping<string, FindingLine> cause in findings.GroupBy(line => line.Signature, StringComparer.Ordinal))
        {
            FindingLine smallest = cause.MinBy(line => new FileInfo(line.File).Length)!;
            (string file, long bytes) = result.GetValue(_dry)
                ? (smallest.File, new FileInfo(smallest.File).Length) : Keep(target, cause.Key, smallest.File);
            table.AddRow(
                new Text(cause.Key), new Text($"{cause.Count()}"), new Text($"{bytes}"), new Text(smallest.Summary), new Text(Folders.Shown(file)));
        }
        Consoles.Output.Write(table);
        Console.Out.WriteLine($"{files.Count} files, {findings.Length} findings of {table.Rows.Count} causes");
        return findings.Length > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }

    private static (string File, long Bytes) Keep(string target, string signature, string file)
    {
        (string found, byte[] smallest) = FindingShrinker.Shrink(target, file);

        // One that passes now and then is kept as it is: made small by what it reaches, it might be none any more.
        byte[] input = found.Length > 0 ? smallest : File.ReadAllBytes(file);

        // A regression of the same signature may be another bug's that came back: both are kept.
        string kept = Path.Combine(Folders.Regressions(target), $"{signature}-{CorpusFolder.NameOf(input)[..8]}.bin");
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        if (!File.Exists(kept))
            File.WriteAllBytes(kept, input);
        return (kept, input.Length);
    }
}
