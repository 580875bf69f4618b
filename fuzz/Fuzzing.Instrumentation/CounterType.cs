using Fuzzing.Engine.Coverage;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Fuzzing.Instrumentation;

/// <summary>
/// The type with the counters of an assembly. One static field a block, not one array or structure: the compiler of .NET 10 for native
/// code miscompiles <c>ldsflda; ldc; add</c> on a structure, and an array costs a bound check.
/// </summary>
internal sealed class CounterType
{
    private readonly ModuleDefinition _module;
    private readonly TypeDefinition _type;

    public CounterType(ModuleDefinition module)
    {
        _module = module;
        _type = new TypeDefinition(
            "", CounterRegion.TypeName,
            TypeAttributes.Public | TypeAttributes.Abstract | TypeAttributes.Sealed | TypeAttributes.BeforeFieldInit,
            module.TypeSystem.Object);
        module.Types.Add(_type);
    }

    /// <summary>The counter of one more block.</summary>
    public FieldDefinition Next()
    {
        FieldDefinition field = new(
            $"C{_type.Fields.Count}", FieldAttributes.Public | FieldAttributes.Static, _module.TypeSystem.Byte);
        _type.Fields.Add(field);
        return field;
    }

    /// <summary>There are no more blocks.</summary>
    public void Close()
    {
        for (int missing = CounterRegion.Padded(_type.Fields.Count) - _type.Fields.Count; missing > 0; missing--)
            Next();
        AddAddress(CounterRegion.FirstMethod, _type.Fields[0]);
        AddAddress(CounterRegion.LastMethod, _type.Fields[^1]);
    }

    private void AddAddress(string name, FieldDefinition field)
    {
        MethodDefinition method = new(name, MethodAttributes.Public | MethodAttributes.Static, _module.TypeSystem.IntPtr);
        ILProcessor il = method.Body.GetILProcessor();
        il.Emit(OpCodes.Ldsflda, field);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ret);
        _type.Methods.Add(method);
    }
}
