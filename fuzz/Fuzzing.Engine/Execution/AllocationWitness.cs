using System.Diagnostics.Tracing;
using System.Globalization;

namespace Fuzzing.Engine.Execution;

/// <summary>Learns from the runtime which type a run allocates most of, by its samples of one allocation in 100 KB. What other threads allocate
/// meanwhile does not count, as it does not count for a target's limit.</summary>
internal sealed class AllocationWitness : EventListener
{
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords Allocations = (EventKeywords)1;
    private const int Attempts = 5;
    private readonly Dictionary<string, long> _bytes = new(StringComparer.Ordinal);
    private readonly long? _thread = CurrentThread();

    /// <summary>Runs something, and says what it allocates most of.</summary>
    /// <param name="run">What allocates; run again where no sample has come, for the runtime promises none.</param>
    /// <returns>The type's name; empty where nothing was sampled.</returns>
    public static string TypeOf(Action run)
    {
        string type = "";
        for (int i = 0; i < Attempts && type.Length == 0; i++)
            type = Sample(run);
        return type;
    }

    private static string Sample(Action run)
    {
        AllocationWitness witness = new();
        run();

        // Disposing delivers what is still on its way.
        witness.Dispose();
        lock (witness._bytes)
            return witness._bytes.OrderByDescending(type => type.Value).ThenBy(type => type.Key, StringComparer.Ordinal).FirstOrDefault().Key ?? "";
    }

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Runtime)
            EnableEvents(eventSource, EventLevel.Verbose, Allocations);
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true || (_thread ?? eventData.OSThreadId) != eventData.OSThreadId)
            return;
        string type = Value("TypeName") as string ?? "";
        long bytes = Value("AllocationAmount64") is ulong amount ? (long)amount : 0;
        lock (_bytes)
            _bytes[type] = _bytes.GetValueOrDefault(type) + bytes;

        object? Value(string name) => eventData.PayloadNames?.IndexOf(name) is { } index and >= 0 ? eventData.Payload?[index] : null;
    }

    // By the number that the kernel gives it, as events have it; null where no kernel tells.
    private static long? CurrentThread() =>
        Directory.Exists("/proc/thread-self") && File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false) is { } thread
            ? long.Parse(thread.Name, CultureInfo.InvariantCulture) : null;
}
