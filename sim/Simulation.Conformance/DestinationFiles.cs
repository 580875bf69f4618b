using System.Globalization;

namespace Simulation.Conformance;

/// <summary>The files that a destination and the harness share.</summary>
/// <param name="Folder">Where they are.</param>
internal readonly record struct DestinationFiles(string Folder)
{
    /// <summary>The guest's RAM.</summary>
    public string Ram => Path.Combine(Folder, "ram");

    /// <summary>The file it migrates from, where the case has one.</summary>
    public string Stream => Path.Combine(Folder, "file");

    /// <summary>The machine, as our daemon reads it.</summary>
    public string Machine => Path.Combine(Folder, "machine.json");

    /// <summary>Where it serves QMP, if not on its standard streams.</summary>
    public string Monitor => Path.Combine(Folder, "qmp");

    /// <summary>Where it listens for its migration, and for each recovery.</summary>
    /// <param name="leg">0, or the number of the recovery.</param>
    public string SocketOf(int leg) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"migration{leg}"));

    /// <summary>Where its migration comes from.</summary>
    /// <param name="played">The case.</param>
    public string UriOf(RefereeCase played) => played.IsFile ? $"file:{Stream}" : $"unix:{SocketOf(0)}";
}
