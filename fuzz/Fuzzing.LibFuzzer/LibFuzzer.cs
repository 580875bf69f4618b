using System.Runtime.InteropServices;

namespace Fuzzing.LibFuzzer;

/// <summary>What libFuzzer and its runtime offer to the code they are linked with.</summary>
internal static unsafe partial class LibFuzzer
{
    /// <summary>Registers counters of 8 bits.</summary>
    [LibraryImport("__Internal", EntryPoint = "__sanitizer_cov_8bit_counters_init")]
    public static partial void RegisterCounters(byte* start, byte* end);

    /// <summary>Registers what the counters registered last count: an address and flags each.</summary>
    [LibraryImport("__Internal", EntryPoint = "__sanitizer_cov_pcs_init")]
    public static partial void RegisterAddresses(nuint* start, nuint* end);

    /// <summary>Tells of a comparison.</summary>
    [LibraryImport("__Internal", EntryPoint = "__sanitizer_cov_trace_cmp4")]
    [SuppressGCTransition]
    public static partial void Compare32(uint left, uint right);

    /// <summary>Tells of a comparison.</summary>
    [LibraryImport("__Internal", EntryPoint = "__sanitizer_cov_trace_cmp8")]
    [SuppressGCTransition]
    public static partial void Compare64(ulong left, ulong right);

    /// <summary>libFuzzer's own mutations, which know the comparisons.</summary>
    [LibraryImport("__Internal", EntryPoint = "LLVMFuzzerMutate")]
    public static partial nuint Mutate(byte* data, nuint size, nuint maximumSize);

    /// <summary>Ends the process so that libFuzzer keeps the input.</summary>
    [LibraryImport("__Internal", EntryPoint = "abort")]
    public static partial void Abort();
}
