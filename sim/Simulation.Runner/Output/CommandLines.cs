using System.Globalization;

namespace Simulation.Runner.Output;

/// <summary>Command lines that work when they are pasted into the shell that started this process.</summary>
internal static class CommandLines
{
    private static readonly string Program = FindProgram();

    /// <summary>The command that runs one seed again.</summary>
    /// <param name="seed">The seed.</param>
    /// <returns>The command line.</returns>
    public static string Run(ulong seed) => string.Create(CultureInfo.InvariantCulture, $"{Program} run --seed {seed}");

    /// <summary>The command that replays a token or a recipe's file.</summary>
    /// <param name="what">The token or path.</param>
    /// <param name="bug">The bug that is planted in the destination, or null.</param>
    /// <returns>The command line.</returns>
    public static string Replay(string what, string? bug = null) =>
        $"{Program} replay {Quote(what)}{(bug is null ? "" : $" --bug {bug}")}";

    /// <summary>The command that replays a token or a file with a program under test.</summary>
    /// <param name="what">The token or path.</param>
    /// <param name="program">The arguments that name the program.</param>
    public static string Replay(string what, IEnumerable<string> program) => $"{Replay(what)} {string.Join(' ', program.Select(Quote))}";

    /// <summary>The command that has a case judged again.</summary>
    /// <param name="arguments">Arguments of <c>simulate referee</c>.</param>
    /// <returns>The command line.</returns>
    public static string Referee(IEnumerable<string> arguments) => $"{Program} referee {string.Join(' ', arguments.Select(Quote))}";

    /// <summary>The command that judges one row again.</summary>
    /// <param name="arguments">Arguments of <c>simulate conform</c>.</param>
    /// <returns>The command line.</returns>
    public static string Conform(IEnumerable<string> arguments) => $"{Program} conform {string.Join(' ', arguments.Select(Quote))}";

    private static string FindProgram()
    {
        string process = Environment.ProcessPath ?? "simulate";
        if (Path.GetFileNameWithoutExtension(process) == "dotnet")
            return $"dotnet {Shorten(Path.Combine(AppContext.BaseDirectory, "simulate.dll"))}";
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.Contains(Path.GetDirectoryName(process), StringComparer.Ordinal)
            ? Path.GetFileName(process)
            : Shorten(process);
    }

    // A path below the current folder is shown from there; ./ keeps the shell from looking elsewhere.
    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        string shown = relative.StartsWith("..", StringComparison.Ordinal) ? path
            : relative.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? relative
            : Path.Combine(".", relative);
        return Quote(shown);
    }

    private static string Quote(string word) =>
        word.AsSpan().IndexOfAny(" '\"$&;()<>|*?[]`\\") < 0
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
