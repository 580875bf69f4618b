using System.Reflection;
using Fuzzing.Engine.Coverage;
using Mono.Cecil;

namespace Fuzzing.Instrumentation;

/// <summary>The methods of <see cref="CompareLog"/> as an assembly calls them.</summary>
internal sealed class CompareHooks
{
    public CompareHooks(ModuleDefinition module)
    {
        Compare32 = Import(module, nameof(CompareLog.Compare32));
        Compare64 = Import(module, nameof(CompareLog.Compare64));
        SequenceEqual = Import(module, nameof(CompareLog.SequenceEqual));
        StringEquals = Import(module, nameof(CompareLog.StringEquals));
    }

    public MethodReference Compare32 { get; }

    public MethodReference Compare64 { get; }

    public MethodReference SequenceEqual { get; }

    public MethodReference StringEquals { get; }

    /// <summary>The method that stands in for a comparison of strings or spans, or null for another call.</summary>
    public MethodReference? StandInFor(MethodReference called)
    {
        string type = called.DeclaringType.FullName;
        if (type == "System.String" && called.Name == "op_Equality")
            return StringEquals;
        return type == "System.MemoryExtensions" && called.Name == "SequenceEqual"
            && called is GenericInstanceMethod { GenericArguments: [{ FullName: "System.Byte" }] } generic
            && generic.Parameters.Count == 2
            && generic.ElementMethod.Parameters[0].ParameterType.Name == "ReadOnlySpan`1"
            ? SequenceEqual : null;
    }

    private static MethodReference Import(ModuleDefinition module, string name) =>
        module.ImportReference(typeof(CompareLog).GetMethod(name, BindingFlags.Public | BindingFlags.Static));
}
