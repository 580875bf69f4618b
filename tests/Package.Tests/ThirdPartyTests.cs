using System.Text.Json;
using System.Xml.Linq;

namespace Package.Tests;

/// <summary>The page of other people's work is made from what the packages say of themselves.</summary>
public class ThirdPartyTests
{
    private const string Page = "src/THIRD-PARTY.md";
    private static readonly string[] Carriers = ["src/Qemu.Migration.Incoming", "sim/Simulation.Runner", "fuzz/Fuzzing.Runner", "fuzz/Fuzzing.Xunit"];

    // Comes with the SDK, in the SDK's version.
    private static readonly string[] OfTheSdk = ["Microsoft.NET.ILLink.Tasks"];

    [Fact]
    public void Each_package_stands_with_its_licence_on_the_page()
    {
        string[] expected = [.. Packages().Select(package => $"| {package.Id} | {package.Version} | {Licence(package.Folder)} |")];
        Assert.InRange(expected.Length, 10, int.MaxValue);
        string[] lines = File.ReadAllLines(Path.Combine(PackedFeed.Repository, Page));
        string[] table = [.. lines.SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.StartsWith('|'))];
        Assert.True(expected.SequenceEqual(table), $"{Page} should have the lines\n{string.Join('\n', expected)}");
    }

    private static IEnumerable<(string Id, string Version, string Folder)> Packages()
    {
        SortedDictionary<string, (string, string, string)> found = new(StringComparer.OrdinalIgnoreCase);
        foreach (string carrier in Carriers)
        {
            using JsonDocument assets = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(PackedFeed.Repository, carrier, "obj/project.assets.json")));
            string[] folders = [.. assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name)];
            foreach (JsonProperty library in assets.RootElement.GetProperty("libraries").EnumerateObject())
            {
                string[] name = library.Name.Split('/');
                if (library.Value.GetProperty("type").GetString() != "package" || OfTheSdk.Contains(name[0]))
                    continue;
                string path = library.Value.GetProperty("path").GetString()!;
                found[library.Name] = (name[0], name[1], folders.Select(folder => Path.Combine(folder, path)).First(Directory.Exists));
            }
        }
        return found.Values;
    }

    private static string Licence(string folder)
    {
        XElement metadata = XDocument.Load(Directory.GetFiles(folder, "*.nuspec").Single()).Root!.Elements().First();
        XElement? licence = metadata.Elements().FirstOrDefault(element => element.Name.LocalName == "license");
        return licence?.Attribute("type")?.Value switch
        {
            "expression" => licence.Value,
            "file" => Title(Path.Combine(folder, licence.Value)),
            _ => metadata.Elements().First(element => element.Name.LocalName == "licenseUrl").Value,
        };
    }

    // A file of its own has its name in one of its first lines.
    private static string Title(string file) => File.ReadLines(file).First(line => line.Contains("License", StringComparison.Ordinal)).Trim();
}
