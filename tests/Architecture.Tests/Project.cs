using System.Xml.Linq;

namespace Architecture.Tests;

/// <summary>What a project file says, as far as the rules of the house ask.</summary>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="References">Names of the projects it references.</param>
/// <param name="Packages">Names of the packages it references.</param>
/// <param name="OwnVersions">Packages whose version it states itself.</param>
/// <param name="IsExecutable">Whether its output is a program.</param>
/// <param name="DrivesWorld">Whether it says of itself that it starts processes, keeps files and goes by the wall clock.</param>
internal sealed record Project(
    string Path,
    IReadOnlyList<string> References,
    IReadOnlyList<string> Packages,
    IReadOnlyList<string> OwnVersions,
    bool IsExecutable,
    bool DrivesWorld)
{
    public string Name => NameOf(Path);

    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    public string Room => Path.Split('/')[0];

    public bool IsDeterministicLayer => Room is "src" or "sim" && !IsExecutable && !DrivesWorld;

    public static Project Parse(string path, XDocument file)
    {
        XElement[] packages = [.. file.Descendants("PackageReference")];
        return new Project(
            path,
            [.. file.Descendants("ProjectReference").Select(Included).Select(NameOf)],
            [.. packages.Select(Included)],
            [.. packages.Where(StatesVersion).Select(Included)],
            file.Descendants("OutputType").Any(type => type.Value == "Exe"),
            file.Descendants("IsDeterministicLayer").Any(layer => layer.Value == "false"));
    }

    private static string Included(XElement item) => (string?)item.Attribute("Include") ?? "?";

    private static string NameOf(string path) => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/'));

    private static bool StatesVersion(XElement package) =>
        package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null
        || package.Element("Version") is not null || package.Element("VersionOverride") is not null;
}
