using System.Reflection;
using System.Text.Json;

namespace Fuzzing.Engine.Coverage;

/// <summary>The counters of one instrumented assembly: one byte a block, contiguous, wrapping.</summary>
/// <param name="Address">The first counter.</param>
/// <param name="Count">How many, a multiple of <see cref="Alignment"/>.</param>
/// <param name="Map">What they count.</param>
public sealed unsafe record CounterRegion(nint Address, int Count, CounterMap Map)
{
    /// <summary>The type with the counters of an instrumented assembly.</summary>
    public const string TypeName = "FuzzingCounters";

    /// <summary>Its method that returns the address of the first counter.</summary>
    public const string FirstMethod = "First";

    /// <summary>Its method that returns the address of the last counter.</summary>
    public const string LastMethod = "Last";

    /// <summary>The resource with the <see cref="CounterMap"/> of an instrumented assembly.</summary>
    public const string MapResource = "fuzzing-counters.json";

    /// <summary>Counters come in whole vectors; those beyond the last block stay 0.</summary>
    public const int Alignment = 64;

    /// <summary>The counters.</summary>
    public Span<byte> Counters => new((byte*)Address, Count);

    /// <summary>The counters of an assembly.</summary>
    /// <param name="assembly">A loaded assembly.</param>
    /// <returns>The counters, which stay in place as long as the assembly is loaded; null when it is not instrumented.</returns>
    /// <exception cref="InvalidOperationException">The runtime has not laid them out one after another.</exception>
    public static CounterRegion? Of(Assembly assembly)
    {
        if (assembly.GetType(TypeName) is not { } type || assembly.GetManifestResourceStream(MapResource) is not { } resource)
            return null;
        using (resource)
        {
            CounterMap map = JsonSerializer.Deserialize(resource, CounterMapJson.Default.CounterMap)!;
            nint first = Address(type, FirstMethod);
            nint last = Address(type, LastMethod);
            int count = Padded(map.Blocks.Count);
            return last - first == count - 1
                ? new(first, count, map)
                : throw new InvalidOperationException(
                    $"the counters of {map.Assembly} are not contiguous: {count} of them within {last - first + 1} bytes");
        }

        static nint Address(Type type, string method) => (nint)type.GetMethod(method)!.Invoke(null, null)!;
    }

    /// <summary>How many counters an assembly gets.</summary>
    /// <param name="blocks">Its blocks.</param>
    /// <returns>A multiple of <see cref="Alignment"/>, at least one.</returns>
    public static int Padded(int blocks) => Math.Max(Alignment, (blocks + Alignment - 1) / Alignment * Alignment);
}
