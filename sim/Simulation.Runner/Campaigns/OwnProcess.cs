namespace Simulation.Runner.Campaigns;

/// <summary>How to start this program once more.</summary>
internal static class OwnProcess
{
    /// <summary>The program: ours, or <c>dotnet</c> where that runs us.</summary>
    public static string Program { get; } = Environment.ProcessPath!;

    /// <summary>Arguments as that program needs them.</summary>
    /// <param name="arguments">Ours.</param>
    /// <returns>Ours, perhaps behind the name of our assembly.</returns>
    public static IReadOnlyList<string> Arguments(IReadOnlyList<string> arguments) =>
        Path.GetFileNameWithoutExtension(Program) == "dotnet"
            ? [Path.Combine(AppContext.BaseDirectory, "simulate.dll"), .. arguments] : arguments;
}
