using Simulation.Engine.Time;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Shrinking;

/// <summary>What can be taken away from postcopy.</summary>
internal static class PostcopyReduction
{
    /// <summary>The axes, those that take most away first.</summary>
    public static Simplification<ScenarioOptions>[] All { get; } =
    [
        Axis<ScenarioOptions>.Change(o => o with { Migration = o.Migration with { Postcopy = null } }),
        Change(p => p with { Preempt = false }),
        Change(p => p with { MeasuresBlockTime = false }),
        Change(p => p with { IsOfQemu11 = false }),
        Change(p => p with { Vcpus = 0, TouchesPerVcpu = 0, TouchIntervalNanoseconds = 0, WritePercent = 0 }),
        Number(p => p.Vcpus, (p, count) => p with { Vcpus = (int)count }),
        Number(p => p.TouchesPerVcpu, (p, count) => p with { TouchesPerVcpu = (int)count }),
        Number(p => p.TouchIntervalNanoseconds, (p, interval) => p with { TouchIntervalNanoseconds = interval }, VirtualDuration.Millisecond),
        Number(p => p.WritePercent, (p, percent) => p with { WritePercent = (int)percent }),
        Change(p => p with { Recovers = false, RecoveryDelayNanoseconds = 0 }),
        Number(p => p.RecoveryDelayNanoseconds, (p, delay) => p with { RecoveryDelayNanoseconds = delay }, VirtualDuration.Millisecond),
        Change(p => p with { StartsAtNanoseconds = null, StartsAtBytes = null, StartsAtRound = 1 }),
        Change(p => p with { StartsAtNanoseconds = null, StartsAtRound = null, StartsAtBytes = 0 }),
        Number(p => p.StartsAtNanoseconds ?? 0, (p, at) => p with { StartsAtNanoseconds = at }, VirtualDuration.Millisecond),
        Number(p => p.StartsAtBytes ?? 0, (p, bytes) => p with { StartsAtBytes = bytes }),
        Number(p => p.StartsAtRound ?? 0, (p, round) => p with { StartsAtRound = (int)round }),
        Number(p => p.MaxBandwidth, (p, rate) => p with { MaxBandwidth = rate }),
    ];

    private static Simplification<ScenarioOptions> Change(Func<PostcopyOptions, PostcopyOptions> change) =>
        Axis<ScenarioOptions>.Change(o => o.Migration.Postcopy is { } postcopy ? With(o, change(postcopy)) : o);

    private static Simplification<ScenarioOptions> Number(
        Func<PostcopyOptions, long> get, Func<PostcopyOptions, long, PostcopyOptions> set, long finest = 1) => Axis<ScenarioOptions>.Number(
        o => o.Migration.Postcopy is { } postcopy ? get(postcopy) : 0,
        (o, value) => o.Migration.Postcopy is { } postcopy ? With(o, set(postcopy, value)) : o, finest: finest);

    private static ScenarioOptions With(ScenarioOptions options, PostcopyOptions postcopy) =>
        options with { Migration = options.Migration with { Postcopy = postcopy } };
}
