namespace Simulation.Tests;

/// <summary>Where the tests were built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Simulation.sln")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
