using Fuzzing.Engine.Coverage;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace Fuzzing.Instrumentation;

/// <summary>Rewrites one method.</summary>
/// <param name="method">The method, with a body.</param>
/// <param name="counters">Where its counters come from.</param>
/// <param name="hooks">What comparisons call.</param>
internal sealed class MethodRewriter(MethodDefinition method, CounterType counters, CompareHooks hooks)
{
    private readonly MethodBody _body = method.Body;
    private readonly Dictionary<StackType, (VariableDefinition Left, VariableDefinition Right)> _operands = [];

    /// <summary>Rewrites the method.</summary>
    /// <returns>Its blocks, in the order of their counters.</returns>
    public List<CodeBlock> Rewrite()
    {
        _body.SimplifyMacros();
        Instruction[] original = [.. _body.Instructions];
        HashSet<Instruction> leaders = Leaders();
        Dictionary<Instruction, StackType> compared = StackTypes.OfComparisons(method, leaders);
        List<CodeBlock> blocks = [];
        ILProcessor il = _body.GetILProcessor();
        Dictionary<Instruction, Instruction> moved = [];
        for (int i = 0; i < original.Length; i++)
        {
            Instruction instruction = original[i];
            if (compared.TryGetValue(instruction, out StackType type))
                InsertCompare(il, instruction, type, moved);
            else if (instruction.OpCode == OpCodes.Call && hooks.StandInFor((MethodReference)instruction.Operand) is { } standIn)
                instruction.Operand = standIn;
            if (!leaders.Contains(instruction))
                continue;
            blocks.Add(Describe(original, i, leaders));
            Instruction first = moved.GetValueOrDefault(instruction, instruction);
            moved[instruction] = InsertCounter(il, first);
        }
        Redirect(moved);
        _body.OptimizeMacros();
        return blocks;
    }

    private HashSet<Instruction> Leaders()
    {
        HashSet<Instruction> leaders = [_body.Instructions[0]];
        foreach (Instruction instruction in _body.Instructions)
        {
            switch (instruction.Operand)
            {
                case Instruction target:
                    leaders.Add(target);
                    break;
                case Instruction[] targets:
                    leaders.UnionWith(targets);
                    break;
            }
            if (instruction.OpCode.FlowControl == FlowControl.Cond_Branch && instruction.Next is { } next)
                leaders.Add(next);
        }
        foreach (ExceptionHandler handler in _body.ExceptionHandlers)
        {
            leaders.Add(handler.HandlerStart);
            if (handler.FilterStart is { } filter)
                leaders.Add(filter);
        }
        return leaders;
    }

    // A counter in front of a block, the stack untouched.
    private Instruction InsertCounter(ILProcessor il, Instruction before)
    {
        FieldDefinition counter = counters.Next();
        Instruction first = il.Create(OpCodes.Ldsfld, counter);
        il.InsertBefore(before, first);
        il.InsertBefore(before, il.Create(OpCodes.Ldc_I4, 1));
        il.InsertBefore(before, il.Create(OpCodes.Add));
        il.InsertBefore(before, il.Create(OpCodes.Conv_U1));
        il.InsertBefore(before, il.Create(OpCodes.Stsfld, counter));
        return first;
    }

    // Store both operands in locals, call the hook, and load them again.
    private void InsertCompare(ILProcessor il, Instruction before, StackType type, Dictionary<Instruction, Instruction> moved)
    {
        (VariableDefinition left, VariableDefinition right) = OperandsOf(type);
        Instruction first = il.Create(OpCodes.Stloc, right);
        il.InsertBefore(before, first);
        il.InsertBefore(before, il.Create(OpCodes.Stloc, left));
        for (int i = 0; i < 2; i++)
        {
            il.InsertBefore(before, il.Create(OpCodes.Ldloc, left));
            il.InsertBefore(before, il.Create(OpCodes.Ldloc, right));
            if (i == 0)
                il.InsertBefore(before, il.Create(OpCodes.Call, type == StackType.Int64 ? hooks.Compare64 : hooks.Compare32));
        }
        moved[before] = first;
    }

    private (VariableDefinition Left, VariableDefinition Right) OperandsOf(StackType type)
    {
        if (_operands.TryGetValue(type, out (VariableDefinition, VariableDefinition) pair))
            return pair;
        TypeReference number = type == StackType.Int64 ? method.Module.TypeSystem.Int64 : method.Module.TypeSystem.Int32;
        pair = (new VariableDefinition(number), new VariableDefinition(number));
        _body.Variables.Add(pair.Item1);
        _body.Variables.Add(pair.Item2);
        return _operands[type] = pair;
    }

    private void Redirect(Dictionary<Instruction, Instruction> moved)
    {
        foreach (Instruction instruction in _body.Instructions)
        {
            if (instruction.Operand is Instruction target)
                instruction.Operand = moved.GetValueOrDefault(target, target);
            else if (instruction.Operand is Instruction[] targets)
                instruction.Operand = targets.Select(t => moved.GetValueOrDefault(t, t)).ToArray();
        }
        foreach (ExceptionHandler handler in _body.ExceptionHandlers)
        {
            handler.TryStart = At(handler.TryStart);
            handler.TryEnd = At(handler.TryEnd);
            handler.FilterStart = At(handler.FilterStart);
            handler.HandlerStart = At(handler.HandlerStart);
            handler.HandlerEnd = At(handler.HandlerEnd);
        }

        Instruction? At(Instruction? place) => place is null ? null : moved.GetValueOrDefault(place, place);
    }

    private CodeBlock Describe(Instruction[] instructions, int first, HashSet<Instruction> leaders)
    {
        string file = "";
        int firstLine = 0;
        int lastLine = 0;
        for (int i = first; i < instructions.Length && (i == first || !leaders.Contains(instructions[i])); i++)
        {
            if (method.DebugInformation.GetSequencePoint(instructions[i]) is not { IsHidden: false } point)
                continue;
            file = point.Document.Url;
            firstLine = firstLine == 0 ? point.StartLine : Math.Min(firstLine, point.StartLine);
            lastLine = Math.Max(lastLine, point.EndLine);
        }
        return new(NameOf(method), file, firstLine, lastLine);
    }

    // The methods that the compiler makes of one count as that one.
    private static string NameOf(MethodDefinition method)
    {
        TypeDefinition type = method.DeclaringType;
        string name = method.Name;
        if (type.Name.StartsWith('<') && type.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and int end && type.DeclaringType is { } outer)
            (name, type) = (type.Name[1..end], outer);
        else if (name.StartsWith('<') && name.IndexOf('>', StringComparison.Ordinal) is > 1 and int close)
            name = name[1..close];
        return $"{type.FullName.Replace('/', '.')}.{name}";
    }
}
