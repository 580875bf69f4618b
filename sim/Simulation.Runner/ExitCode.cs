using Simulation.Scenarios;

namespace Simulation.Runner;

/// <summary>What the exit code says. A verdict about the destination and a fault of the harness are never the same code.</summary>
internal static class ExitCode
{
    /// <summary>Every property held.</summary>
    public const int Passed = 0;

    /// <summary>A property was violated, or a situation that a default campaign must meet never occurred.</summary>
    public const int Violated = 1;

    /// <summary>The harness itself failed: an escape from the simulation, a run that was not the same twice, a crash, or output that
    /// cannot be written.</summary>
    public const int HarnessFailed = 2;

    /// <summary>The command line, or a file it names, is wrong (EX_USAGE of sysexits.h).</summary>
    public const int Usage = 64;

    /// <summary>The code for one run.</summary>
    /// <param name="verdict">Its verdict.</param>
    /// <returns>The code.</returns>
    public static int Of(Verdict verdict) => verdict switch
    {
        Verdict.Passed => Passed,
        Verdict.Violated => Violated,
        _ => HarnessFailed,
    };
}
