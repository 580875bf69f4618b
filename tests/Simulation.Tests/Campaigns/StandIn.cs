using Simulation.Engine.Choices;
using Simulation.Engine.Probes;
using Simulation.Scenarios;

namespace Simulation.Tests.Campaigns;

/// <summary>Results without a run.</summary>
internal static class StandIn
{
    public static RunResult Result(
        ulong seed, Verdict verdict = Verdict.Passed, string? check = null, string? message = null, ulong traceHash = 0) => new()
        {
            Seed = seed,
            Verdict = verdict,
            Check = check,
            Message = message,
            TraceHash = traceHash,
            VirtualNanoseconds = (long)seed,
            Steps = 1,
            Choices = new ChoiceLog(),
            Probes = new ProbeCounts(Scenarios.Probes.Catalogue),
        };
}
