using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Migration.Benchmarks;

/// <summary>Waits of microseconds that leave the processor to others.</summary>
internal static partial class Nap
{
    private const int SetTimerSlack = 29;

    /// <summary>The kernel wakes this thread when its time has come, and not 50 us later.</summary>
    public static void BePunctual() => _ = Control(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Waits until a time.</summary>
    /// <param name="timestamp">As <see cref="Stopwatch.GetTimestamp"/> has it.</param>
    public static void Until(long timestamp)
    {
        while (timestamp - Stopwatch.GetTimestamp() is var left and > 0)
            Microseconds((uint)Math.Max(1, left * 1_000_000 / Stopwatch.Frequency));
    }

    /// <summary>Waits.</summary>
    /// <param name="count">How many microseconds, less than a million.</param>
    public static void Microseconds(uint count) => _ = Sleep(count);

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint second, nuint third, nuint fourth, nuint fifth);
}
