using System.CommandLine;
using System.CommandLine.Parsing;

namespace Terminal;

/// <summary>Reports a wrong command line: its errors, and then the help of its command.</summary>
internal static class UsageErrors
{
    /// <summary>Writes them to standard error.</summary>
    /// <param name="root">The program's root command.</param>
    /// <param name="program">The program's name.</param>
    /// <param name="result">The command line that is wrong.</param>
    public static void Write(RootCommand root, string program, ParseResult result)
    {
        foreach (ParseError error in result.Errors)
            Console.Error.WriteLine($"{program}: {error.Message}");
        Console.Error.WriteLine();
        string[] path = result.CommandResult.Command is RootCommand ? [] : [result.CommandResult.Command.Name];
        root.Parse([.. path, "--help"]).Invoke(new() { Output = Console.Error });
    }
}
