using System.Reflection;
using System.Text;

namespace Simulation.PlantedBugs.Compiling;

/// <summary>The source of the destination that this assembly was built with, out of its resources.</summary>
internal static class EmbeddedSource
{
    private static readonly Assembly Home = typeof(EmbeddedSource).Assembly;

    /// <summary>Paths of a project's files, those included that the build generated, in ordinal order.</summary>
    /// <param name="project">The project's name.</param>
    /// <returns>Names for <see cref="Read"/>; a file of the repository has its path there.</returns>
    public static IEnumerable<string> Files(string project) => Home.GetManifestResourceNames()
        .Where(name => name.StartsWith($"src/{project}/", StringComparison.Ordinal)
            || name.StartsWith($"generated/{project}/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <param name="path">One of <see cref="Files"/>, or another path.</param>
    /// <returns>Its text; null when there is no such file.</returns>
    public static string? Read(string path)
    {
        using Stream? resource = Home.GetManifestResourceStream(path);
        if (resource is null)
            return null;
        using StreamReader reader = new(resource, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
