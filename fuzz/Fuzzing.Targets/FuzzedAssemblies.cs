using Fuzzing.Engine;
using Fuzzing.Engine.Coverage;
using Fuzzing.Targets.Inspection;
using Qemu.Migration.Destination;
using Qemu.Migration.Incoming.Streams;
using Qemu.Migration.Wire;

namespace Fuzzing.Targets;

/// <summary>The assemblies that are under test, and so are instrumented.</summary>
public static class FuzzedAssemblies
{
    private static readonly Type[] OfDestination = [typeof(FileHeader), typeof(IncomingMigration)];

    /// <summary>Their simple names.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. OfDestination.Append(typeof(StreamDumper)).Select(type => type.Assembly.GetName().Name!)];

    /// <summary>The counters that a target can reach: those of others would only be looked through after each run.</summary>
    /// <param name="target">The target.</param>
    /// <returns>The counters.</returns>
    /// <exception cref="InvalidOperationException">The assemblies are not instrumented here.</exception>
    public static IReadOnlyList<CounterRegion> Regions(FuzzTarget target) =>
    [
        .. (target is InspectionTarget or Monitors.MonitorTarget ? OfDestination.Append(typeof(StreamDumper)) : OfDestination)
            .Select(type => CounterRegion.Of(type.Assembly)
                ?? throw new InvalidOperationException($"{type.Assembly.GetName().Name} is not instrumented")),
    ];
}
