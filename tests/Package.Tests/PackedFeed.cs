using System.Diagnostics;
using System.Reflection;

namespace Package.Tests;

/// <summary>
/// The packages as they would be published, and a place outside the repository where a stranger uses them. It has a cache of packages of
/// its own: no package of an earlier run is taken for one of this.
/// </summary>
public sealed class PackedFeed : IAsyncLifetime
{
    private const string Packages = "NUGET_PACKAGES";
    private readonly string _root = Directory.CreateTempSubdirectory("packages-").FullName;

    /// <summary>Where the tests were built.</summary>
    public static string Repository { get; } = Ancestor(AppContext.BaseDirectory);

    /// <summary>The packages.</summary>
    public string Folder => Path.Combine(_root, "feed");

    /// <summary>Packs what was built.</summary>
    public async Task InitializeAsync()
    {
        string configuration = typeof(PackedFeed).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        await File.WriteAllTextAsync(Path.Combine(_root, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Folder}" />
              </packageSources>
            </configuration>
            """);
        // What was packed is used and not built anew, and other tests use it at the same time.
        (await RunInAsync(Repository, "dotnet", "pack", "Simulation.sln", "--no-build", "-c", configuration, "-o", Folder)).Expect(0);
        string templates = Assert.Single(Directory.GetFiles(Folder, "Simulation.Templates.*.nupkg"));
        (await RunInAsync(_root, "dotnet", "new", "install", templates)).Expect(0);
    }

    /// <summary>Removes everything.</summary>
    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>An empty folder.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_root, "work", name)).FullName;

    /// <summary>Runs a program in a folder, with the stranger's cache and settings.</summary>
    public async Task<Result> RunInAsync(string folder, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        string cache = Environment.GetEnvironmentVariable(Packages)
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        if (folder != Repository)
        {
            // What others have published is taken from where it is.
            start.Environment[Packages] = Path.Combine(_root, "cache");
            start.Environment["NUGET_FALLBACK_PACKAGES"] = cache;
        }
        start.Environment["DOTNET_CLI_HOME"] = Path.Combine(_root, "home");
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new($"{program} {string.Join(' ', arguments)}", process.ExitCode, output, await errors);
    }

    private static string Ancestor(string folder) =>
        File.Exists(Path.Combine(folder, "Simulation.sln")) ? folder : Ancestor(Path.GetDirectoryName(folder)!);
}

/// <summary>What came of a program.</summary>
/// <param name="Command">What was run.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its output.</param>
/// <param name="Errors">Its error output.</param>
public sealed record Result(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>The exit code is this one.</summary>
    public Result Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"{Command}: exit code {ExitCode}\n{Output}\n{Errors}");
        return this;
    }
}

/// <summary>Packs once for all tests.</summary>
[CollectionDefinition("packed")]
public sealed class PackedCollection : ICollectionFixture<PackedFeed>;
