using System.CommandLine;
using System.Text.Json;
using Fuzzing.Engine;
using Fuzzing.Runner.Output;
using Fuzzing.Targets;
using Spectre.Console;

namespace Fuzzing.Runner.Commands;

/// <summary><c>fuzz list</c>: the targets.</summary>
internal sealed class ListCommand : Command, ITeachesByExample
{
    private readonly Option<bool> _json = CommonArguments.Json();

    /// <summary>Makes the command.</summary>
    public ListCommand()
        : base("list", "List the targets: what each covers and asserts, and how many seeds it has.")
    {
        Options.Add(_json);
        SetAction(Run);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string What, string CommandLine)> Examples =>
        [("All targets", "fuzz list"), ("Their names, for a script", "fuzz list --json | jq -r .name")];

    private int Run(ParseResult result)
    {
        Table table = new Table().AddColumns("target", "covers", "asserts", "seeds");
        foreach (FuzzTarget target in TargetCatalogue.CreateAll())
        {
            string folder = Folders.Seeds(target.Name);
            int seeds = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Count() : 0;
            if (result.GetValue(_json))
                Console.Out.WriteLine(JsonSerializer.Serialize(new(target.Name, target.Covers, target.Asserts, seeds), OutputJson.Default.TargetLine));
            else
                table.AddRow(new Text(target.Name), new Text(target.Covers), new Text(target.Asserts), new Text($"{seeds}"));
        }
        if (!result.GetValue(_json))
            Consoles.Output.Write(table);
        return FuzzExitCode.Passed;
    }
}
