using System.CommandLine;

namespace Simulation.Runner.Commands;

/// <summary>Options and arguments that several commands have.</summary>
internal static class CommonOptions
{
    /// <summary><c>--json</c>.</summary>
    /// <returns>A new option.</returns>
    public static Option<bool> Json() => new("--json") { Description = "One JSON object a line and run." };

    /// <summary>The token or file that says what to replay.</summary>
    /// <returns>A new argument.</returns>
    public static Argument<string> Token() => new("token")
    {
        Description = "A token (v2-GENERATOR-SEED), a seed, or the file of a finding or regression.",
    };
}
