using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Simulation.Runner.Scoring;

/// <summary>The processor time of the calling thread: what a campaign cost, whoever else was busy on the machine. Where the system
/// does not tell (no Linux), wall-clock time.</summary>
internal static partial class ThreadClock
{
    /// <summary>CLOCK_THREAD_CPUTIME_ID of Linux.</summary>
    private const int ThreadProcessorTime = 3;

    /// <summary>The time now; only differences on one thread mean something.</summary>
    public static TimeSpan Now => OperatingSystem.IsLinux() && Read(ThreadProcessorTime, out Time time) == 0
        ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : Stopwatch.GetElapsedTime(0);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
