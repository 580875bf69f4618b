using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Package.Tests;

/// <summary>The page of each library shows a program: built as it stands against the package it prints what the page says.</summary>
[Collection("packed")]
public partial class LibraryTests(PackedFeed feed)
{
    [Theory]
    [InlineData("src/Qemu.Migration.Wire")]
    [InlineData("src/Qemu.Migration.Destination", "stream")]
    [InlineData("sim/Simulation.Engine")]
    public async Task Example_of_the_page_prints_what_the_page_says(string project, params string[] arguments)
    {
        string library = Path.GetFileName(project);
        string page = await File.ReadAllTextAsync(Path.Combine(PackedFeed.Repository, project, "README.md"));
        (string code, string output) = Example(page);
        string folder = feed.NewFolder(library);
        await File.WriteAllTextAsync(Path.Combine(folder, "Example.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="{library}" Version="*" />
              </ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), code);
        if (arguments.Length > 0)
            await Recording.UnpackAsync("none-mix-16m", Path.Combine(folder, arguments[0]));
        Result result = await feed.RunInAsync(folder, "dotnet", ["run", "--", .. arguments]);
        Assert.Equal(output, result.Expect(0).Output.TrimEnd());
    }

    [Fact]
    public void Example_is_short()
    {
        foreach (string project in new[] { "src/Qemu.Migration.Wire", "src/Qemu.Migration.Destination", "sim/Simulation.Engine", "fuzz/Fuzzing.Xunit" })
        {
            string code = Code().Match(File.ReadAllText(Path.Combine(PackedFeed.Repository, project, "README.md"))).Groups["code"].Value;
            int lines = code.Split('\n').Count(line => line.Trim() is { Length: > 1 } text && !text.StartsWith("using ", StringComparison.Ordinal) && text is not "});");
            Assert.InRange(lines, 4, 20);
        }
    }

    [Fact]
    public void Each_library_has_its_page_its_documentation_and_its_symbols()
    {
        string[] libraries =
        [
            "Fuzzing.Engine", "Fuzzing.Instrumentation", "Fuzzing.Xunit", "Qemu.Migration.Destination", "Qemu.Migration.Wire", "Simulation.Engine",
        ];
        foreach (string library in libraries)
        {
            string package = Assert.Single(Directory.GetFiles(feed.Folder, library + ".*.nupkg"));
            using ZipArchive content = ZipFile.OpenRead(package);
            string[] names = [.. content.Entries.Select(entry => entry.FullName)];
            Assert.Contains("README.md", names);
            Assert.Contains($"lib/net10.0/{library}.xml", names);
            using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(package, "snupkg"));
            Assert.Contains(symbols.Entries, entry => entry.FullName == $"lib/net10.0/{library}.pdb");
        }
    }

    private static (string Code, string Output) Example(string page) =>
        (Code().Match(page).Groups["code"].Value, Output().Match(page).Groups["output"].Value);

    [GeneratedRegex("^```csharp\n(?<code>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("^It prints:\n\n```\n(?<output>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Output();
}
