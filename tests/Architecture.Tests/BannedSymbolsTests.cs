using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Architecture.Tests;

public partial class BannedSymbolsTests
{
    private const string Shared = "src/BannedSymbols.Deterministic.txt";

    /// <summary>What rule 4 of the house names: a type with all its members, a method with all its overloads.</summary>
    private static readonly string[] Required =
    [
        "System.Net.Sockets.Socket", "System.IO.File", "System.IO.FileStream", "System.IO.Pipelines.Pipe",
        "System.Console", "System.Random", "System.Guid.NewGuid", "System.HashCode", "System.String.GetHashCode",
        "System.DateTime.Now", "System.DateTime.UtcNow", "System.Diagnostics.Stopwatch",
        "System.Environment.TickCount", "System.Environment.TickCount64",
        "System.Threading.Thread", "System.Threading.ThreadPool", "System.Threading.Timer", "System.Threading.Lock",
        "System.Threading.ReaderWriterLockSlim", "System.Threading.ManualResetEventSlim",
        "System.Threading.Channels.Channel`1", "System.Threading.Tasks.Parallel",
        "System.Threading.Tasks.Task.Run", "System.Threading.Tasks.Task.Delay", "System.Threading.Tasks.Task.ConfigureAwait",
        "System.Threading.Tasks.Task`1.ConfigureAwait",
        "System.Threading.Tasks.ValueTask.ConfigureAwait", "System.Threading.Tasks.ValueTask`1.ConfigureAwait",
        "System.Threading.Tasks.TaskAsyncEnumerableExtensions.ConfigureAwait",
    ];

    private static readonly CSharpCompilation PlatformOnly = Platform.Compile([]);

    public static TheoryData<string> Lists() => [.. Repository.Files(".txt", "src", "sim")
        .Where(path => Path.GetFileName(path).StartsWith("BannedSymbols.", StringComparison.Ordinal))];

    public static TheoryData<string> DeterministicProjects() =>
        [.. Repository.Projects().Where(project => project.IsDeterministicLayer).Select(project => project.Path)];

    [Theory]
    [MemberData(nameof(Lists))]
    public void Each_entry_names_a_symbol_of_the_platform_and_its_replacement(string list) =>
        Violations.None(EntryViolations(Repository.Read(list)));

    [Fact]
    public void Entry_that_bans_nothing_or_offers_nothing_is_named() => Assert.Equal(
        ["T:System.Threading.Thraed names no symbol.", "T:System.Random offers no replacement."],
        EntryViolations("""
            // why
            T:System.Threading.Thraed;Use the spawner.

            T:System.Random
            N:System.Net.Sockets;Use a channel.
            """));

    [Fact]
    public void Shared_list_bans_all_that_the_rule_names() => Violations.None(Unbanned(Repository.Read(Shared)));

    [Fact]
    public void Overload_left_out_of_the_list_is_named()
    {
        string list = Repository.Read(Shared);
        Assert.Equal(
            ["M:System.Threading.Tasks.Task.Delay(System.TimeSpan)"],
            Unbanned(list.Replace("M:System.Threading.Tasks.Task.Delay(System.TimeSpan);", "// ")));
        Assert.Equal(["T:System.Random"], Unbanned(list.Replace("T:System.Random;", "// ")));
    }

    // Asks the build itself what it would hand to the compiler, so that a broken condition in the targets shows.
    [Theory]
    [MemberData(nameof(DeterministicProjects))]
    public void Each_deterministic_layer_is_compiled_with_the_list_and_the_analyzer(string project)
    {
        JsonElement items = Evaluate(project);
        string[] additional = Identities(items, "AdditionalFiles");
        Assert.Contains(Path.Combine(Repository.Root, Shared), additional);
        string own = $"{Path.GetDirectoryName(project)}/BannedSymbols.txt";
        Assert.Equal(Repository.Exists(own), additional.Contains(Path.Combine(Repository.Root, own)));
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", Identities(items, "PackageReference"));
    }

    [Fact]
    public void Executable_is_not_bound() => Assert.DoesNotContain(
        "Microsoft.CodeAnalysis.BannedApiAnalyzers",
        Identities(Evaluate("src/Qemu.Migration.Incoming/Qemu.Migration.Incoming.csproj"), "PackageReference"));

    [Fact]
    public void Only_what_starts_programs_and_deals_seeds_is_not_bound_either() => Assert.Equal(
        ["Simulation.Campaigns", "Simulation.Conformance"],
        Repository.Projects().Where(project => project.DrivesWorld).Select(project => project.Name));

    [Fact]
    public void Only_the_engine_and_the_coyote_host_lift_a_ban_and_say_why() => Violations.None(Repository.Files(".cs", "src", "sim")
        .Concat(Repository.Files(".csproj", "src", "sim"))
        .SelectMany(path => Liftings(path, Repository.Read(path))));

    [Theory]
    [InlineData("sim/Simulation.Engine/Loop.cs", "#pragma warning disable RS0030 // This is the virtual clock.", 0)]
    [InlineData("sim/Simulation.Engine/Loop.cs", "#pragma warning disable RS0030", 1)]
    [InlineData("sim/Simulation.Coyote/Host.cs", "#pragma warning disable RS0030 // These are the daemon's threads.", 0)]
    [InlineData("sim/Simulation.Schedules/Own/Host.cs", "#pragma warning disable RS0030 // These are the daemon's threads.", 1)]
    [InlineData("sim/Simulation.Source/Guest.cs", "#pragma warning disable RS0030 // Chance is needed here.", 1)]
    [InlineData("sim/Simulation.Engine/Simulation.Engine.csproj", "<NoWarn>RS0030</NoWarn>", 1)]
    [InlineData("src/Qemu.Migration.Wire/A.cs", "[SuppressMessage(\"ApiDesign\", \"RS0030\")]", 1)]
    public void Ban_lifted_elsewhere_or_without_reason_is_named(string path, string line, int expected) =>
        Assert.Equal(expected, Liftings(path, line).Count());

    /// <summary>The engine is what everybody else takes time, tasks and chance from; Coyote's host has the threads that the daemon has, and
    /// starts Coyote's rewriter.</summary>
    private static readonly string[] Lifters = ["sim/Simulation.Engine", "sim/Simulation.Coyote"];

    private static IEnumerable<string> Liftings(string path, string text) => text.Split('\n')
        .Where(line => line.Contains("RS0030") && !line.Contains("#pragma warning restore RS0030"))
        .Where(line => !Lifters.Any(room => Path.GetDirectoryName(path)!.StartsWith(room, StringComparison.Ordinal))
            || !LiftingWithReason().IsMatch(line))
        .Select(line => $"{path}: {line.Trim()}");

    private static IEnumerable<string> EntryViolations(string list) => Entries(list).SelectMany(entry =>
    {
        string id = entry.Split(';')[0];
        List<string> violations = [];
        if (DocumentationCommentId.GetFirstSymbolForDeclarationId(id, PlatformOnly) is null)
            violations.Add($"{id} names no symbol.");
        if (entry.Length <= id.Length + 1)
            violations.Add($"{id} offers no replacement.");
        return violations;
    });

    /// <summary>Ids of required symbols that neither are in the list nor lie inside a type or namespace that is.</summary>
    private static IEnumerable<string> Unbanned(string list)
    {
        HashSet<string> banned = Entries(list).Select(entry => entry.Split(';')[0]).ToHashSet(StringComparer.Ordinal);
        return Required.SelectMany(Symbols)
            .Where(symbol => !SelfAndContainers(symbol).Any(banned.Contains))
            .Select(symbol => symbol.GetDocumentationCommentId()!);
    }

    private static IEnumerable<ISymbol> Symbols(string name)
    {
        if (PlatformOnly.GetTypeByMetadataName(name) is { } type)
            return [type];
        int dot = name.LastIndexOf('.');
        ISymbol[] members =
        [
            .. PlatformOnly.GetTypeByMetadataName(name[..dot])!.GetMembers(name[(dot + 1)..])
                .Where(member => member.DeclaredAccessibility == Accessibility.Public),
        ];
        Assert.NotEmpty(members);
        return members;
    }

    private static IEnumerable<string> SelfAndContainers(ISymbol symbol)
    {
        for (ISymbol? current = symbol; current is not null; current = current.ContainingSymbol)
            if (current.GetDocumentationCommentId() is { } id)
                yield return id;
    }

    private static IEnumerable<string> Entries(string list) => list.Split('\n')
        .Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal));

    private static JsonElement Evaluate(string project)
    {
        string path = Path.Combine(Repository.Root, project);
        ProcessStartInfo start = new("dotnet", ["msbuild", path, "-getItem:AdditionalFiles,PackageReference"])
        {
            RedirectStandardOutput = true,
        };
        using Process msbuild = Process.Start(start)!;
        string output = msbuild.StandardOutput.ReadToEnd();
        msbuild.WaitForExit();
        Assert.True(msbuild.ExitCode == 0, output);
        return JsonDocument.Parse(output).RootElement.GetProperty("Items");
    }

    private static string[] Identities(JsonElement items, string kind) =>
        [.. items.GetProperty(kind).EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!)];

    [GeneratedRegex(@"#pragma warning disable RS0030 // \w+")]
    private static partial Regex LiftingWithReason();
}
