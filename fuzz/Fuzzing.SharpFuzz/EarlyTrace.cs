using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Fuzzing.SharpFuzz;

/// <summary>Instrumented code writes to a map that SharpFuzz sets up when fuzzing begins; what runs earlier, a target's constructor to
/// begin with, needs another.</summary>
internal static unsafe class EarlyTrace
{
    private const int MapBytes = 1 << 16;

    /// <summary>Gives instrumented code a map, for good.</summary>
    public static void Begin() => Trace.SharedMem = (byte*)NativeMemory.AllocZeroed(MapBytes);
}
