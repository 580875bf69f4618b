namespace Fuzzing.Runner;

/// <summary>What the exit code says. A finding about the destination and a fault of the harness are never the same code.</summary>
internal static class FuzzExitCode
{
    /// <summary>Nothing was found.</summary>
    public const int Passed = 0;

    /// <summary>Something was found.</summary>
    public const int Finding = 1;

    /// <summary>The harness itself failed.</summary>
    public const int HarnessFailed = 2;

    /// <summary>Of a worker: a run did not end within its time.</summary>
    public const int TimedOut = 3;

    /// <summary>The command line, or a file it names, is wrong (EX_USAGE of sysexits.h).</summary>
    public const int Usage = 64;
}
