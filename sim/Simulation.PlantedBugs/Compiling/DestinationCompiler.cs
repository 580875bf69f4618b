using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Simulation.PlantedBugs.Compiling;

/// <summary>
/// Compiles the destination in memory, with a bug or without one, by the settings of its own build. The source is parsed once; for
/// a bug one file is parsed again and the rest of the compilation is used as it is.
/// </summary>
/// <remarks>May be used by several threads at once.</remarks>
public sealed class DestinationCompiler
{
    /// <summary>Name of the assembly with bytes and values.</summary>
    public const string WireName = "Qemu.Migration.Wire";

    /// <summary>Name of the assembly with the state machine and guest memory.</summary>
    public const string DestinationName = "Qemu.Migration.Destination";

    /// <summary>Name of the assembly that reads files and words of the command line.</summary>
    public const string ParsingName = "Qemu.Migration.Incoming.Parsing";

    private static readonly CSharpParseOptions ParseOptions =
        CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);

    private static readonly CSharpCompilationOptions CompilationOptions = new(
        OutputKind.DynamicallyLinkedLibrary,
        optimizationLevel: OptimizationLevel.Release,
        checkOverflow: true,
        allowUnsafe: true,
        concurrentBuild: false,
        deterministic: true,
        nullableContextOptions: NullableContextOptions.Enable);

    private readonly CSharpCompilation _wire;
    private readonly CSharpCompilation _destination;
    private readonly Lazy<CSharpCompilation> _parsing;
    private readonly ReadOnlyMemory<byte> _wireImage;

    /// <summary>Parses the source of the destination: most of a second.</summary>
    public DestinationCompiler()
    {
        MetadataReference[] platform = [.. PlatformPaths().Select(path => MetadataReference.CreateFromFile(path))];
        _wire = Compilation(WireName, platform);
        _wireImage = Emit(_wire, "the destination as it is");
        _destination = Compilation(DestinationName, platform).AddReferences(Reference(_wireImage));
        _parsing = new(() => Compilation(ParsingName, platform)
            .AddReferences(Reference(_wireImage), Reference(Emit(_destination, "the destination as it is"))));
    }

    /// <summary>The source files, without those that the build wrote.</summary>
    internal IEnumerable<SyntaxTree> Sources => _wire.SyntaxTrees.Concat(_destination.SyntaxTrees)
        .Where(tree => tree.FilePath.StartsWith("src/", StringComparison.Ordinal));

    /// <summary>Compiles the destination.</summary>
    /// <param name="bug">What is wrong with it, or null for nothing.</param>
    /// <returns>Both assemblies.</returns>
    /// <exception cref="PlantingException">The bug cannot be planted.</exception>
    public DestinationImage Compile(PlantedBug? bug)
    {
        if (bug is null)
            return new DestinationImage(_wireImage, Emit(_destination, "the destination as it is"));
        if (bug.File.StartsWith($"src/{ParsingName}/", StringComparison.Ordinal))
            return Compile(null) with { Parsing = Emit(Plant(_parsing.Value, bug), bug.Id) };
        if (!bug.File.StartsWith($"src/{WireName}/", StringComparison.Ordinal))
            return new DestinationImage(_wireImage, Emit(Plant(_destination, bug), bug.Id));

        // Constants of Wire are copied into whoever uses them: both are compiled.
        ReadOnlyMemory<byte> wire = Emit(Plant(_wire, bug), bug.Id);
        CSharpCompilation destination = _destination.ReplaceReference(
            _destination.References.Last(), Reference(wire));
        return new DestinationImage(wire, Emit(destination, bug.Id));
    }

    /// <summary>Sees whether a bug can be planted, without compiling more than its file: a tenth of <see cref="Compile"/>.</summary>
    /// <param name="bug">The bug.</param>
    /// <exception cref="PlantingException">It cannot be planted.</exception>
    public void Check(PlantedBug bug)
    {
        ArgumentNullException.ThrowIfNull(bug);
        bool isWire = bug.File.StartsWith($"src/{WireName}/", StringComparison.Ordinal);
        CSharpCompilation planted = Plant(isWire ? _wire : _destination, bug);
        SyntaxTree tree = planted.SyntaxTrees.First(candidate => candidate.FilePath == bug.File);
        Demand(planted.GetSemanticModel(tree).GetDiagnostics(), bug.Id);
    }

    private static CSharpCompilation Compilation(string project, IEnumerable<MetadataReference> references) =>
        CSharpCompilation.Create(
            project,
            EmbeddedSource.Files(project).Select(file =>
                CSharpSyntaxTree.ParseText(EmbeddedSource.Read(file)!, ParseOptions, file)),
            references,
            CompilationOptions);

    private static CSharpCompilation Plant(CSharpCompilation compilation, PlantedBug bug)
    {
        SyntaxTree tree = compilation.SyntaxTrees.FirstOrDefault(candidate => candidate.FilePath == bug.File)
            ?? throw new PlantingException($"{bug.Id}: there is no file {bug.File}");
        string text = tree.ToString();
        int place = text.IndexOf(bug.Snippet, StringComparison.Ordinal);
        if (place < 0)
            throw new PlantingException($"{bug.Id}: its snippet does not occur in {bug.File}");
        if (text.IndexOf(bug.Snippet, place + 1, StringComparison.Ordinal) >= 0)
            throw new PlantingException($"{bug.Id}: its snippet occurs more than once in {bug.File}");
        string edited = string.Concat(
            text.AsSpan(0, place), bug.Replacement, text.AsSpan(place + bug.Snippet.Length));
        return compilation.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(edited, ParseOptions, tree.FilePath));
    }

    private static PortableExecutableReference Reference(ReadOnlyMemory<byte> image) =>
        MetadataReference.CreateFromImage(ImmutableArray.Create(image.Span));

    private static ReadOnlyMemory<byte> Emit(CSharpCompilation compilation, string what)
    {
        using MemoryStream image = new();
        EmitResult result = compilation.Emit(image);
        Demand(result.Diagnostics, what);
        return image.ToArray();
    }

    private static void Demand(ImmutableArray<Diagnostic> diagnostics, string what)
    {
        if (diagnostics.FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error) is { } error)
            throw new PlantingException($"{what}: does not compile: {error}");
    }

    // The platform's and the packages' assemblies, as this process itself found them; not those that the simulator is made of.
    private static IEnumerable<string> PlatformPaths() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is { } file
                && (file.StartsWith("System.", StringComparison.Ordinal) || file is "ZstdSharp.dll"));
}
