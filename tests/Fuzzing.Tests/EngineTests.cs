using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json;
using Fuzzing.Engine.Corpus;
using Processes;

namespace Fuzzing.Tests;

/// <summary>The engines of others: each is built as a user builds it, and what one finds is worth the same to the next.</summary>
public sealed class EngineTests : IDisposable
{
    private const string Target = "xbzrle-decode";
    private static readonly ConcurrentDictionary<string, FuzzProcess.Result> Builds = new(StringComparer.Ordinal);
    private readonly string _folder = Directory.CreateTempSubdirectory("engines").FullName;

    public static TheoryData<string> Engines => ["libfuzzer", "sharpfuzz", "sharpfuzz-afl", "afl"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Engines))]
    public void Inputs_that_an_engine_finds_are_new_to_the_managed_one_and_pass_there(string engine)
    {
        Build(engine);
        string grown = Path.Combine(_folder, Target);
        Require(FuzzProcess.RunIn(Corpus.Root, "run", Target, "--engine", engine, "--time", "3s", "--corpus", grown));
        string[] files = Directory.GetFiles(grown);
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.Equal(CorpusFolder.NameOf(File.ReadAllBytes(file)), Path.GetFileName(file)));
        Assert.Equal($"{files.Length} files, 0 findings", Require(FuzzProcess.RunIn(_folder, "replay", grown)).Lines[^1]);

        // The seeds alone reach less than the seeds with what was found.
        Assert.True(Features(Corpus.Seeds(Target), grown) > Features(Corpus.Seeds(Target)), $"{files.Length} inputs reach nothing new");
    }

    [SkippableFact]
    public void Libfuzzer_begins_where_the_managed_engine_ended()
    {
        Build("libfuzzer");
        string grown = Path.Combine(_folder, Target);
        Require(FuzzProcess.RunIn(_folder, "run", Target, "--runs", "20000", "--corpus", grown));
        int count = Directory.GetFiles(grown).Length;
        FuzzProcess.Result result = Require(FuzzProcess.RunIn(
            Corpus.Root, "run", Target, "--engine", "libfuzzer", "--runs", "1", "--corpus", grown));
        Assert.Contains($"{count} files found in {grown}", result.Errors, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Input_that_an_engine_gives_up_on_is_kept_as_a_finding()
    {
        Build("libfuzzer");

        // A limit that no run keeps.
        FuzzProcess.Result result = FuzzProcess.RunIn(
            Corpus.Root, "run", Target, "--engine", "libfuzzer", "--corpus", Path.Combine(_folder, Target), "--json", "--", "-rss_limit_mb=1");
        Assert.Equal(1, result.ExitCode);
        JsonElement finding = JsonDocument.Parse(result.Lines[^1]).RootElement;
        string file = Path.Combine(Corpus.Root, finding.GetProperty("file").GetString()!);
        Assert.True(File.Exists(file));
        Assert.StartsWith("not-repeated", finding.GetProperty("signature").GetString());
        File.Delete(file);
        File.Delete(file + ".txt");
    }

    [SkippableFact]
    public void Package_has_binary_seeds_words_and_options_under_one_name()
    {
        Build("libfuzzer");
        Require(FuzzProcess.RunIn(Corpus.Root, "package", Target, "-o", _folder));
        string place = Path.Combine(_folder, Target);
        Assert.Equal(
            [Target, Target + ".dict", Target + ".options", Target + "_seed_corpus.zip"],
            Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using ZipArchive seeds = ZipFile.OpenRead(place + "_seed_corpus.zip");
        Assert.Superset(Directory.GetFiles(Corpus.Seeds(Target)).Select(Path.GetFileName).ToHashSet(), seeds.Entries.Select(e => (string?)e.Name).ToHashSet());
        Assert.StartsWith("[libfuzzer]\nmax_len = ", File.ReadAllText(place + ".options"));
    }

    [SkippableFact]
    public void Project_for_oss_fuzz_is_three_files_beside_the_package_and_builds_it()
    {
        Build("libfuzzer");
        Require(FuzzProcess.RunIn(Corpus.Root, "package", Target, "-o", _folder, "--repository", "https://example.org/p.git"));
        string project = Path.Combine(_folder, "project");
        Assert.Equal(["Dockerfile", "build.sh", "project.yaml"], Directory.GetFiles(project).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("git clone --depth 1 https://example.org/p.git", File.ReadAllText(Path.Combine(project, "Dockerfile")), StringComparison.Ordinal);
        Assert.Contains("main_repo: https://example.org/p.git\n", File.ReadAllText(Path.Combine(project, "project.yaml")), StringComparison.Ordinal);
        string build = Path.Combine(project, "build.sh");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(build).HasFlag(UnixFileMode.UserExecute));

        // The lines of the script are commands that there are.
        Assert.Equal(64, FuzzProcess.RunIn(_folder, "package", "--repository", "nothing").ExitCode);
        foreach (string line in File.ReadLines(build).Where(line => line.StartsWith("dotnet run", StringComparison.Ordinal)))
        {
            string[] words = line.Split(" -- ")[1].Replace("\"$OUT\"", "out", StringComparison.Ordinal).Split(' ');
            Assert.Equal(0, FuzzProcess.RunIn(_folder, [.. words, "--help"]).ExitCode);
        }
    }

    [SkippableFact]
    public void Binary_of_a_package_runs_where_nothing_is_but_the_libraries_of_c()
    {
        Build("libfuzzer");
        Require(FuzzProcess.RunIn(Corpus.Root, "package", Target, "-o", _folder));
        string root = Path.Combine(_folder, "root");
        Directory.CreateDirectory(Path.Combine(root, "out"));
        Directory.CreateDirectory(Path.Combine(root, "tmp"));
        ZipFile.ExtractToDirectory(Path.Combine(_folder, Target + "_seed_corpus.zip"), Path.Combine(root, "seeds"));
        File.Copy(Path.Combine(_folder, Target), Path.Combine(root, "out", Target));
        foreach (string library in Output("ldd", Path.Combine(_folder, Target)).Split([' ', '\n', '\t']).Where(word => word.StartsWith('/')).Distinct())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(root + library)!);
            File.Copy(library, root + library, overwrite: true);
        }
        string[] chroot = Environment.UserName == "root" ? ["chroot"] : ["unshare", "--user", "--map-root-user", "chroot"];
        string said = Output(chroot[0], [.. chroot[1..], root, "/out/" + Target, "-runs=2000", "/seeds"]);
        Assert.Matches("Done [0-9]+ runs", said);
    }

    [Theory]
    [InlineData("clang and libclang-rt-dev", "build", "--engine", "libfuzzer")]
    [InlineData("clang and libclang-rt-dev", "build", "--engine", "sharpfuzz")]
    [InlineData("clang and afl++", "build", "--engine", "afl")]
    public void Missing_tool_gets_one_sentence_with_the_packages(string packages, params string[] arguments)
    {
        FuzzProcess.Result result = FuzzProcess.WithPath(_folder, _folder, arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Matches($"^fuzz: '[a-z-]+' is not on PATH: install the Debian packages {packages.Replace("+", "\\+", StringComparison.Ordinal)}\n$", result.Errors);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Engine_that_is_not_built_says_what_builds_it(string engine)
    {
        FuzzProcess.Result result = FuzzProcess.RunIn(_folder, "run", Target, "--engine", engine);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"'fuzz build {Target} --engine {engine}' makes it", result.Errors, StringComparison.Ordinal);
    }

    private static void Build(string engine)
    {
        string[] programs = engine switch { "sharpfuzz-afl" => ["afl-fuzz"], "afl" => ["afl-fuzz", "clang"], _ => ["clang"] };
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        string? missing = programs.FirstOrDefault(program => !folders.Any(folder => File.Exists(Path.Combine(folder, program))));
        Needs.That(missing is null, $"needs {missing}: .ci/install-clang and .ci/install-afl install it");
        Require(Builds.GetOrAdd(engine, _ => FuzzProcess.RunIn(Corpus.Root, "build", Target, "--engine", engine)));
    }

    private static string Output(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {output}");
        return output;
    }

    private int Features(params string[] folders)
    {
        FuzzProcess.Result result = Require(FuzzProcess.RunIn(
            _folder, ["merge", Target, .. folders, "--into", Path.Combine(_folder, "merged")]));
        return int.Parse(result.Lines[^1].Split(" blocks and ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static FuzzProcess.Result Require(FuzzProcess.Result result)
    {
        Assert.True(result.ExitCode == 0, $"exit code {result.ExitCode}: {result.Errors}");
        return result;
    }
}
