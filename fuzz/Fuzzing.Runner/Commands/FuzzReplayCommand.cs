using System.CommandLine;
using System.Text.Json;
using Fuzzing.Runner.Campaigns;
using Fuzzing.Runner.Output;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz replay</c>: runs files again.</summary>
internal sealed class FuzzReplayCommand : Command, ITeachesByExample
{
    private readonly Argument<string[]> _files = CommonArguments.Files();
    private readonly Option<string?> _target = CommonArguments.TargetOption();
    private readonly Option<string?> _bug = CommonArguments.Bug();
    private readonly Option<bool> _json = CommonArguments.Json();

    /// <summary>Makes the command.</summary>
    public FuzzReplayCommand()
        : base("replay", "Run files again and say which are findings.")
    {
        Arguments.Add(_files);
        Options.Add(_target);
        Options.Add(_json);
        Options.Add(_bug);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
    [
        ("A finding", "fuzz replay artifacts/fuzz/main-stream/findings/hang-0f1e2d3c-5ba93c9d"),
        ("A file from elsewhere", "fuzz replay --target main-stream /tmp/stream"),
    ];

    private int Run(ParseResult result)
    {
        IReadOnlyList<string> files = CommonArguments.Expand(result.GetRequiredValue(_files));
        Replayer replayer = new(CommonArguments.TargetOf(result.GetValue(_target), files), result.GetValue(_bug));
        int findings = 0;
        foreach (FindingLine line in replayer.Run(files))
        {
            findings += line.Signature.Length > 0 ? 1 : 0;
            if (result.GetValue(_json))
                Console.Out.WriteLine(JsonSerializer.Serialize(line, OutputJson.Default.FindingLine));
            else if (line.Signature.Length > 0 || files.Count <= 20)
                Console.Out.WriteLine($"{line.Event,-8} {line.File}  {line.Summary}".TrimEnd());
        }
        if (!result.GetValue(_json))
            Console.Out.WriteLine($"{files.Count} files, {findings} findings");
        if (findings > 0)
            Console.Error.WriteLine(replayer.Detail);
        return findings > 0 ? FuzzExitCode.Finding : FuzzExitCode.Passed;
    }
}
