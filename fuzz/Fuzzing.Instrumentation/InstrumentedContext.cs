using System.Reflection;
using System.Runtime.Loader;

namespace Fuzzing.Instrumentation;

/// <summary>
/// A world of assemblies of its own in which some are instrumented while they are loaded: nothing is rewritten on disk, and the same
/// build serves tests, replays and fuzzing. Everything beside the framework is loaded anew here, so that its code sees the
/// instrumented assemblies and no others.
/// </summary>
public sealed class InstrumentedContext : AssemblyLoadContext
{
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, byte[]> _replaced;
    private readonly IReadOnlyList<string> _instrumented;

    /// <summary>Makes a world.</summary>
    /// <param name="folder">Where the assemblies lie.</param>
    /// <param name="instrumented">Simple names of the assemblies that are instrumented: those that are fuzzed.</param>
    /// <param name="replaced">Assemblies to load in place of those of the folder, by simple name: a build with a planted bug.</param>
    public InstrumentedContext(string folder, IReadOnlyList<string> instrumented, IReadOnlyDictionary<string, byte[]>? replaced = null)
        : base("instrumented")
    {
        _folder = folder;
        _instrumented = instrumented;
        _replaced = replaced ?? new Dictionary<string, byte[]>();
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string name = assemblyName.Name!;
        string file = Path.Combine(_folder, name + ".dll");
        if (!File.Exists(file))
            return null;
        if (!_instrumented.Contains(name))
            return _replaced.TryGetValue(name, out byte[]? other) ? LoadFromStream(new MemoryStream(other)) : LoadFromAssemblyPath(file);
        string symbols = Path.ChangeExtension(file, ".pdb");
        bool isReplaced = _replaced.TryGetValue(name, out byte[]? image);
        InstrumentedAssembly instrumented = Instrumenter.Instrument(
            image ?? File.ReadAllBytes(file), !isReplaced && File.Exists(symbols) ? File.ReadAllBytes(symbols) : null, _folder);
        return LoadFromStream(
            new MemoryStream(instrumented.Image), instrumented.Symbols is { } pdb ? new MemoryStream(pdb) : null);
    }
}
