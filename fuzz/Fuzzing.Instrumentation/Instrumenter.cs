using System.Text.Json;
using Fuzzing.Engine.Coverage;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Fuzzing.Instrumentation;

/// <summary>
/// Rewrites an assembly so that each basic block increments a byte of its own and each comparison tells <see cref="CompareLog"/> its
/// operands. The bytes are static fields of one type, laid out one after another: an increment is a single instruction, and an engine
/// reads them as one span.
/// </summary>
public static class Instrumenter
{
    /// <summary>Rewrites an assembly.</summary>
    /// <param name="image">The file.</param>
    /// <param name="symbols">Its portable PDB, or null.</param>
    /// <param name="folders">Where the assemblies lie that it references.</param>
    /// <returns>The assembly that counts.</returns>
    public static InstrumentedAssembly Instrument(byte[] image, byte[]? symbols, params IReadOnlyList<string> folders)
    {
        using DefaultAssemblyResolver resolver = new();
        foreach (string folder in folders)
            resolver.AddSearchDirectory(folder);
        using ModuleDefinition module = ModuleDefinition.ReadModule(new MemoryStream(image), new ReaderParameters
        {
            AssemblyResolver = resolver,
            ReadSymbols = symbols is not null,
            SymbolStream = symbols is null ? null : new MemoryStream(symbols),
            SymbolReaderProvider = symbols is null ? null : new PortablePdbReaderProvider(),
        });
        CounterType counters = new(module);
        CompareHooks hooks = new(module);
        List<CodeBlock> blocks = [];
        foreach (TypeDefinition type in module.GetTypes().ToArray())
        {
            foreach (MethodDefinition method in type.Methods)
            {
                if (!method.HasBody || IsBoilerplate(method) || IsAccessor(method))
                    continue;
                MethodRewriter rewriter = new(method, counters, hooks);
                blocks.AddRange(rewriter.Rewrite());
            }
        }
        counters.Close();
        CounterMap map = new(module.Assembly.Name.Name, blocks);
        module.Resources.Add(new EmbeddedResource(
            CounterRegion.MapResource, ManifestResourceAttributes.Public,
            JsonSerializer.SerializeToUtf8Bytes(map, CounterMapJson.Default.CounterMap)));
        using MemoryStream output = new();
        using MemoryStream outputSymbols = new();
        module.Write(output, new WriterParameters
        {
            WriteSymbols = symbols is not null,
            SymbolStream = symbols is null ? null : outputSymbols,
            SymbolWriterProvider = symbols is null ? null : new PortablePdbWriterProvider(),
        });
        return new(output.ToArray(), symbols is null ? null : outputSymbols.ToArray(), map);
    }

    // Skip property getters that only return a field: their counters carry no information.
    private static bool IsAccessor(MethodDefinition method) => method.Body.Instructions.Count <= 4
        && method.Body.Instructions.All(i => i.OpCode.FlowControl is FlowControl.Next or FlowControl.Return);

    // What the compiler writes for records says nothing about an input.
    private static bool IsBoilerplate(MethodDefinition method) =>
        method.Name is "PrintMembers" or "<Clone>$" or "get_EqualityContract"
        || (method.Name is "Equals" or "GetHashCode" or "ToString" or "op_Equality" or "op_Inequality"
            && method.CustomAttributes.Any(a => a.AttributeType.Name == "CompilerGeneratedAttribute"));
}
