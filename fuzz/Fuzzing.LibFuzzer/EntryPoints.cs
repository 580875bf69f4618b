using System.Runtime.InteropServices;
using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Engine.Execution;
using Fuzzing.Engine.Mutation;
using Fuzzing.Targets;
using Simulation.Engine.Choices;

namespace Fuzzing.LibFuzzer;

/// <summary>The functions that libFuzzer calls.</summary>
internal static unsafe class EntryPoints
{
    private const int MostBytes = 1 << 20;
    private static readonly Prng Random = new(0);
    private static Executor? _executor;
    private static Mutator? _mutator;

    [UnmanagedCallersOnly(EntryPoint = "LLVMFuzzerInitialize")]
    private static int Initialize(int* argumentCount, byte*** arguments)
    {
        string name = Path.GetFileName(Marshal.PtrToStringUTF8((nint)(*arguments)[0])!);
        if (TargetCatalogue.Create(name) is not { } target)
        {
            Console.Error.WriteLine($"there is no target '{name}': this program fuzzes the target that its file is named like");
            Environment.Exit(64);
            return 1;
        }
        _executor = new Executor(target, new InputBuffer(MostBytes));
        _mutator = new Mutator(Random, target.Format, MostBytes);

        // What first calls compile and fill is not the first input's doing.
        _executor.Run(default);
        foreach (CounterRegion region in FuzzedAssemblies.Regions(target))
            Register(region);
        Register(target.States?.Region);
        CompareLog.Forward(&LibFuzzer.Compare32, &LibFuzzer.Compare64);
        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "LLVMFuzzerTestOneInput")]
    private static int TestOneInput(byte* data, nuint size)
    {
        CompareLog.Begin();
        if (_executor!.Run(new ReadOnlySpan<byte>(data, (int)size)) is not { } finding)
            return 0;

        // The exception has been left behind: to end the process inside of its handler would lose the input.
        Console.Error.WriteLine($"finding {finding.Signature}: {finding.Detail}");
        LibFuzzer.Abort();
        return 0;
    }

    [UnmanagedCallersOnly(EntryPoint = "LLVMFuzzerCustomMutator")]
    private static nuint CustomMutator(byte* data, nuint size, nuint maximumSize, uint seed)
    {
        // libFuzzer's own mutations know what was compared.
        if (seed % 4 == 0)
            return LibFuzzer.Mutate(data, size, maximumSize);
        Random.Reseed(seed);
        ReadOnlySpan<byte> input = new(data, (int)size);
        return Take(_mutator!.Mutate(input, input), data, maximumSize);
    }

    [UnmanagedCallersOnly(EntryPoint = "LLVMFuzzerCustomCrossOver")]
    private static nuint CustomCrossOver(
        byte* one, nuint oneSize, byte* other, nuint otherSize, byte* output, nuint maximumSize, uint seed)
    {
        Random.Reseed(seed);
        return Take(
            _mutator!.Mutate(new ReadOnlySpan<byte>(one, (int)oneSize), new ReadOnlySpan<byte>(other, (int)otherSize)), output, maximumSize);
    }

    private static nuint Take(ReadOnlySpan<byte> made, byte* output, nuint maximumSize)
    {
        int length = Math.Min(made.Length, (int)maximumSize);
        made[..length].CopyTo(new Span<byte>(output, length));
        return (nuint)length;
    }

    // libFuzzer wants an address for each counter; it shows them and asks nothing more of them.
    private static void Register(CounterRegion? region)
    {
        if (region is null)
            return;
        byte* first = (byte*)region.Address;
        LibFuzzer.RegisterCounters(first, first + region.Count);
        nuint* table = (nuint*)NativeMemory.AllocZeroed((nuint)region.Count, (nuint)(2 * sizeof(nuint)));
        for (int i = 0; i < region.Count; i++)
            table[2 * i] = (nuint)region.Address + (nuint)i;
        LibFuzzer.RegisterAddresses(table, table + (2 * region.Count));
    }
}
