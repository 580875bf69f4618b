using System.CommandLine;
using System.Text.RegularExpressions;
using Fuzzing.Runner.Commands;
using Qemu.Migration.Incoming.Commands;
using Simulation.Runner.Commands;

namespace Package.Tests;

/// <summary>Each command that a page or a help shows is one that the program understands.</summary>
public partial class PageCommandTests
{
    // What a page shows where a reader puts something of his own, and the shell's other quote.
    private static readonly (string Word, string Value)[] Stands = [("TOKEN|FILE", "7"), ("TOKEN", "7"), ("URL", "https://example.org/a"), ("'", "\"")];

    private static readonly Dictionary<string, Func<RootCommand>> Programs = new(StringComparer.Ordinal)
    {
        ["simulate"] = () => new SimulateCommand(),
        ["fuzz"] = () => new FuzzCommand(),
        ["incoming"] = () => new IncomingCommand(),
    };

    [Fact]
    public void Each_command_of_a_page_is_understood()
    {
        string[] lines = [.. Directory.EnumerateFiles(PackedFeed.Repository, "*.md", SearchOption.AllDirectories)
            .Where(page => !Path.GetRelativePath(PackedFeed.Repository, page).Split('/').Intersect(["bin", "obj", "artifacts"]).Any())
            .Order(StringComparer.Ordinal)
            .SelectMany(page => Commands(File.ReadAllText(page)))];
        Assert.InRange(lines.Count(line => Program(line) is not null), 60, int.MaxValue);
        Assert.Empty(lines.SelectMany(Errors));
    }

    [Fact]
    public void Each_example_of_a_help_is_understood()
    {
        string[] lines = [.. Programs.Values.SelectMany(program => Examples(program()))];
        Assert.InRange(lines.Length, 30, int.MaxValue);
        Assert.Empty(lines.SelectMany(Errors));
    }

    [Theory]
    [InlineData("simulate range --frmo 1")]
    [InlineData("fuzz rnu multifd")]
    [InlineData("artifacts/incoming/incoming load")]
    [InlineData("dotnet run -c Release --project sim/Simulation.Runner -- explian 7")]
    public void Command_that_is_not_understood_is_named(string line) =>
        Assert.Contains(line, Assert.Single(Errors(line).Take(1)), StringComparison.Ordinal);

    private static IEnumerable<string> Errors(string line)
    {
        if (Program(line) is not { } found)
            return [];
        foreach ((string word, string value) in Stands)
            found.Arguments = found.Arguments.Replace(word, value, StringComparison.Ordinal);
        return found.Program.Parse(found.Arguments).Errors.Select(error => $"{line}: {error.Message}");
    }

    private static (RootCommand Program, string Arguments)? Program(string line)
    {
        Match match = Call().Match(line);
        if (!match.Success)
            return null;
        string name = match.Groups["project"].Value switch
        {
            "sim/Simulation.Runner" => "simulate",
            "fuzz/Fuzzing.Runner" => "fuzz",
            _ => match.Groups["name"].Value,
        };
        return (Programs[name](), match.Groups["arguments"].Value);
    }

    private static IEnumerable<string> Commands(string page) => Block().Matches(page)
        .SelectMany(block => block.Groups["body"].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        .Select(line => line.Split(" #")[0].Trim().TrimEnd('&').Trim());

    private static IEnumerable<string> Examples(Command command) =>
        (command.GetType().GetProperty("Examples")?.GetValue(command) as IReadOnlyList<(string What, string CommandLine)> ?? [])
            .Select(example => example.CommandLine)
            .Concat(command.Subcommands.SelectMany(Examples));

    [GeneratedRegex("^```sh\n(?<body>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(
        @"^(?:(?:artifacts/incoming/)?(?<name>simulate|fuzz|incoming)|dotnet run -c Release --project (?<project>sim/Simulation\.Runner|fuzz/Fuzzing\.Runner)(?: --)?)(?: (?<arguments>[^;|>]*))?$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Call();
}
