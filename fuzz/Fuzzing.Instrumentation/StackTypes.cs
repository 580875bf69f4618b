using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Fuzzing.Instrumentation;

/// <summary>What lies on the stack, as far as comparisons go.</summary>
internal enum StackType
{
    /// <summary>Anything else, or not known.</summary>
    Other,

    /// <summary>A number of 32 bits or less.</summary>
    Int32,

    /// <summary>A number of 64 bits.</summary>
    Int64,
}

/// <summary>
/// Finds the comparisons of numbers in a method, by following what lies on the stack inside each block. What a block finds there when
/// it begins is not known, and a comparison of that is left alone.
/// </summary>
internal static class StackTypes
{
    /// <summary>The comparisons worth telling of: of two numbers, neither of them 0, 1 or -1.</summary>
    public static Dictionary<Instruction, StackType> OfComparisons(MethodDefinition method, HashSet<Instruction> leaders)
    {
        Dictionary<Instruction, StackType> compared = [];
        Stack<StackType> stack = new();
        foreach (Instruction instruction in method.Body.Instructions)
        {
            if (leaders.Contains(instruction))
                stack.Clear();
            if (IsComparison(instruction.OpCode) && stack.Count >= 2)
            {
                StackType right = stack.Pop();
                StackType left = stack.Peek();
                stack.Push(right);
                if (left == right && left != StackType.Other && !IsTrivial(instruction.Previous))
                    compared.Add(instruction, left);
            }
            Follow(method, instruction, stack);
        }
        return compared;
    }

    private static bool IsComparison(OpCode code) => code.Code is Code.Ceq or Code.Cgt or Code.Cgt_Un or Code.Clt or Code.Clt_Un
        or Code.Beq or Code.Bne_Un or Code.Bge or Code.Bge_Un or Code.Bgt or Code.Bgt_Un or Code.Ble or Code.Ble_Un or Code.Blt or Code.Blt_Un;

    private static bool IsTrivial(Instruction? before)
    {
        if (before?.OpCode.Code is Code.Conv_I8 or Code.Conv_U8)
            before = before.Previous;
        return before?.OpCode.Code is Code.Ldc_I4 && before.Operand is 0 or 1 or -1;
    }

    private static void Follow(MethodDefinition method, Instruction instruction, Stack<StackType> stack)
    {
        OpCode code = instruction.OpCode;
        StackType top = stack.Count > 0 ? stack.Peek() : StackType.Other;
        StackType below = stack.Count > 1 ? stack.ElementAt(1) : StackType.Other;
        int popped = Pops(method, instruction);
        if (popped < 0 || popped > stack.Count)
            stack.Clear();
        else
            for (int i = 0; i < popped; i++)
                stack.Pop();
        if (code.Code == Code.Dup)
        {
            stack.Push(top);
            stack.Push(top);
            return;
        }
        if (Pushes(instruction) == 1)
            stack.Push(TypeOf(method, instruction, below, top));
    }

    private static int Pops(MethodDefinition method, Instruction instruction)
    {
        switch (instruction.OpCode.StackBehaviourPop)
        {
            case StackBehaviour.Pop0:
                return 0;
            case StackBehaviour.Pop1 or StackBehaviour.Popi or StackBehaviour.Popref:
                return 1;
            case StackBehaviour.Pop1_pop1 or StackBehaviour.Popi_pop1 or StackBehaviour.Popi_popi or StackBehaviour.Popi_popi8
                or StackBehaviour.Popi_popr4 or StackBehaviour.Popi_popr8 or StackBehaviour.Popref_pop1 or StackBehaviour.Popref_popi:
                return 2;
            case StackBehaviour.Popi_popi_popi or StackBehaviour.Popref_popi_popi or StackBehaviour.Popref_popi_popi8
                or StackBehaviour.Popref_popi_popr4 or StackBehaviour.Popref_popi_popr8 or StackBehaviour.Popref_popi_popref:
                return 3;
            case StackBehaviour.Varpop when instruction.Operand is MethodReference called:
                return called.Parameters.Count + (called.HasThis && instruction.OpCode.Code != Code.Newobj ? 1 : 0);
            case StackBehaviour.Varpop when instruction.OpCode.Code == Code.Ret:
                return method.ReturnType.MetadataType == MetadataType.Void ? 0 : 1;
            default:
                return -1;
        }
    }

    private static int Pushes(Instruction instruction) => instruction.OpCode.StackBehaviourPush switch
    {
        StackBehaviour.Push0 => 0,
        StackBehaviour.Varpush => instruction.Operand is MethodReference { ReturnType.MetadataType: not MetadataType.Void } ? 1 : 0,
        _ => 1,
    };

    private static StackType TypeOf(MethodDefinition method, Instruction instruction, StackType below, StackType top)
    {
        switch (instruction.OpCode.Code)
        {
            case Code.Ldc_I4 or Code.Conv_I1 or Code.Conv_I2 or Code.Conv_I4 or Code.Conv_U1 or Code.Conv_U2 or Code.Conv_U4
                or Code.Conv_Ovf_I4 or Code.Conv_Ovf_U4 or Code.Conv_Ovf_I4_Un or Code.Conv_Ovf_U4_Un or Code.Conv_Ovf_U1
                or Code.Conv_Ovf_U2 or Code.Conv_Ovf_I2 or Code.Conv_Ovf_U1_Un or Code.Conv_Ovf_U2_Un
                or Code.Ldind_I1 or Code.Ldind_I2 or Code.Ldind_I4 or Code.Ldind_U1 or Code.Ldind_U2 or Code.Ldind_U4
                or Code.Ldelem_I1 or Code.Ldelem_I2 or Code.Ldelem_I4 or Code.Ldelem_U1 or Code.Ldelem_U2 or Code.Ldelem_U4
                or Code.Ceq or Code.Cgt or Code.Cgt_Un or Code.Clt or Code.Clt_Un or Code.Sizeof:
                return StackType.Int32;
            case Code.Ldc_I8 or Code.Conv_I8 or Code.Conv_U8 or Code.Conv_Ovf_I8 or Code.Conv_Ovf_U8 or Code.Conv_Ovf_I8_Un
                or Code.Conv_Ovf_U8_Un or Code.Ldind_I8 or Code.Ldelem_I8:
                return StackType.Int64;
            case Code.Add or Code.Sub or Code.Mul or Code.Div or Code.Div_Un or Code.Rem or Code.Rem_Un or Code.And or Code.Or
                or Code.Xor or Code.Add_Ovf or Code.Add_Ovf_Un or Code.Sub_Ovf or Code.Sub_Ovf_Un or Code.Mul_Ovf or Code.Mul_Ovf_Un:
                // A pointer-sized number and a small one make a pointer-sized one.
                return top == below ? top : StackType.Other;
            case Code.Not or Code.Neg:
                return top;
            case Code.Shl or Code.Shr or Code.Shr_Un:
                return below;
            case Code.Ldloc:
                return OfType(((VariableDefinition)instruction.Operand).VariableType);
            case Code.Ldarg when instruction.Operand is ParameterDefinition parameter && parameter != method.Body.ThisParameter:
                return OfType(parameter.ParameterType);
            case Code.Ldfld or Code.Ldsfld when instruction.Operand is FieldReference field && !field.DeclaringType.IsGenericInstance:
                return OfType(field.FieldType);
            case Code.Call or Code.Callvirt when instruction.Operand is MethodReference called:
                return OfType(called.ReturnType);
            default:
                return StackType.Other;
        }
    }

    // Enumerations are left out: their names are few and found without help.
    private static StackType OfType(TypeReference type) => type.MetadataType switch
    {
        MetadataType.Boolean or MetadataType.Char or MetadataType.SByte or MetadataType.Byte or MetadataType.Int16
            or MetadataType.UInt16 or MetadataType.Int32 or MetadataType.UInt32 => StackType.Int32,
        MetadataType.Int64 or MetadataType.UInt64 => StackType.Int64,
        _ => StackType.Other,
    };
}
