using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Terminal;

/// <summary>The help of a command, and after it the examples of an <see cref="ITeachesByExample"/>.</summary>
/// <param name="plain">The help without examples.</param>
internal sealed class HelpWithExamples(HelpAction plain) : SynchronousCommandLineAction
{
    /// <summary>Gives a program this help.</summary>
    /// <param name="root">Its root command.</param>
    public static void AddTo(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = plain.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not ITeachesByExample teacher)
            return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach ((string what, string commandLine) in teacher.Examples)
            output.WriteLine($"  {what}:{Environment.NewLine}    {commandLine}");
        output.WriteLine();
        return code;
    }
}
