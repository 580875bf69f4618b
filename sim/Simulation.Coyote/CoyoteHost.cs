using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Coyote;
using Microsoft.Coyote.Logging;
using Microsoft.Coyote.Specifications;
using Microsoft.Coyote.SystematicTesting;
using Qemu.Migration.Destination.Memory;
using Simulation.Schedules.Models;
using Simulation.Schedules.Running;

namespace Simulation.Coyote;

/// <summary>
/// Runs schedules of a model under Microsoft.Coyote: the same destination on threads, rewritten so that Coyote decides at each lock,
/// wait and point who goes next. Works only where what it runs through is rewritten (<see cref="CoyoteWorld"/>).
/// </summary>
public static class CoyoteHost
{
    // A step that is slow on a busy machine is no deadlock: those are found exactly, not by time.
    private const uint DeadlockTimeoutMilliseconds = 60_000;
    private const uint MostSteps = 10_000;

    // Coyote's tool leaves it on what it has rewritten.
    private const string RewrittenMark = "RewritingSignatureAttribute";

    /// <summary>What <see cref="Open"/> accepts.</summary>
    public static IReadOnlyList<string> Strategies { get; } =
        ["portfolio", "random", "probabilistic", "prioritization", "fair-prioritization", "delay-bounding"];

    /// <summary>Makes a search that may be run again and again by one thread; what crosses is made of the platform's types.</summary>
    /// <param name="model">A model's name.</param>
    /// <param name="strategy">One of <see cref="Strategies"/>.</param>
    /// <returns>Searches from a seed, for a number of schedules, or replays a trace where one is given, and stops at the first
    /// violation: how many schedules it ran; the property that was violated, or null; what was wrong; the trace that replays it.</returns>
    public static Func<uint, int, string?, (int Schedules, string? Property, string? Message, string? Trace)> Open(
        string model, string strategy)
    {
        ScheduleModel found = ModelCatalogue.Find(model);
        foreach (Assembly assembly in CoyoteRewriter.Rewritten)
        {
            if (!assembly.GetCustomAttributesData().Any(mark => mark.AttributeType.Name == RewrittenMark))
                throw new Engine.HarnessException($"{assembly.GetName().Name} is not rewritten: Coyote would not see what it does");
        }

        foreach (Assembly assembly in CoyoteRewriter.Rewritten)
            Prepare(assembly);
        return (seed, schedules, trace) => Run(found, strategy, seed, schedules, trace);
    }

    private static (int Schedules, string? Property, string? Message, string? Trace) Run(
        ScheduleModel model, string strategy, uint seed, int schedules, string? trace)
    {
        using GuestMemoryOfRun memory = new();
        ScheduleViolation? violation = null;
        int explored = 0;
        Stack<byte[]>? idle = null;
        Configuration configuration = Configure(strategy, seed, schedules);
        if (trace is not null)
            configuration = configuration.WithReproducibleTrace(trace);
        using TestingEngine engine = TestingEngine.Create(configuration, () =>
        {
            explored++;
            Stack<byte[]> buffers = idle ?? new();
            idle = null;
            CoyoteEnvironment environment = new(model, buffers);
            ModelRun run = new(model, environment, memory.For(model, environment));
            run.Start();
            run.WaitForEndAsync().GetAwaiter().GetResult();
            environment.AwaitTasks();
            idle = buffers;
            violation = run.Judge();
            Specification.Assert(violation is null, violation?.Property ?? "");
        });
        engine.SetLogger(SilentLogger.Instance);
        engine.Run();
        TestReport report = engine.TestReport;
        if (report.InternalErrors.Count > 0)
            throw new Engine.HarnessException(report.InternalErrors.First());
        if (report.UncontrolledInvocations.Count > 0)
            throw new Engine.HarnessException($"Coyote does not control {string.Join(", ", report.UncontrolledInvocations.Order(StringComparer.Ordinal))}");
        if (report.NumOfFoundBugs == 0)
            return (explored, null, null, null);
        violation ??= new("EveryRunEnds", report.BugReports.First());
        return (explored, violation.Property, violation.Message, engine.ReproducibleTrace);
    }

    // A point at each volatile access makes a schedule three times as long (490 points of 140 in the plainest model). The two accesses
    // that publish the end of a migration have points of the destination's own between them.
    private static Configuration Configure(string strategy, uint seed, int schedules)
    {
        Configuration configuration = Configuration.Create()
            .WithTelemetryEnabled(false)
            .WithTraceAnalysisEnabled(false)
            .WithVerbosityEnabled(VerbosityLevel.None)
            .WithPartiallyControlledConcurrencyAllowed(false)
            .WithDeadlockTimeout(DeadlockTimeoutMilliseconds)
            .WithMaxSchedulingSteps(MostSteps)
            .WithVolatileOperationRaceCheckingEnabled(false)
            .WithFailureOnMaxStepsBoundEnabled()
            .WithTestingIterations((uint)schedules)
            .WithRandomGeneratorSeed(seed);
        return strategy switch
        {
            // Coyote's own choice: fair strategies by turns.
            "portfolio" => configuration,
            "random" => configuration.WithRandomStrategy(),
            "probabilistic" => configuration.WithProbabilisticStrategy(),
            "prioritization" => configuration.WithPrioritizationStrategy(),
            "fair-prioritization" => configuration.WithPrioritizationStrategy(true),
            "delay-bounding" => configuration.WithDelayBoundingStrategy(),
            _ => throw new ArgumentException($"no strategy '{strategy}'; there are {string.Join(", ", Strategies)}", nameof(strategy)),
        };
    }

    // The rewriter makes a few methods invalid (those that return a ValueTask of an assembly that is not rewritten, as our own host does):
    // better known before the first schedule than in the middle of one.
    private static void Prepare(Assembly assembly)
    {
        string? ownHost = typeof(Schedules.Own.OwnHost).Namespace;
        const BindingFlags all = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly;
        foreach (Type type in assembly.GetTypes().Where(type => !type.ContainsGenericParameters && type.Namespace != ownHost))
        {
            foreach (MethodBase method in type.GetMethods(all).Concat<MethodBase>(type.GetConstructors(all)))
            {
                if (!method.ContainsGenericParameters && method.GetMethodBody() is not null)
                    Prepare(method);
            }
        }
    }

    private static void Prepare(MethodBase method)
    {
        try
        {
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
        }
        catch (InvalidProgramException)
        {
            throw new Engine.HarnessException($"the rewriter has spoilt {method.DeclaringType}.{method.Name}");
        }
    }

    /// <summary>Guest memory that lives as long as a search, and knows the environment of the run.</summary>
    private sealed class GuestMemoryOfRun : IDisposable
    {
        private GuestMemory? _memory;

        public GuestMemory For(ScheduleModel model, CoyoteEnvironment environment)
        {
            _memory?.Dispose();
            return _memory = new(environment, model.Machine);
        }

        public void Dispose() => _memory?.Dispose();
    }
}
