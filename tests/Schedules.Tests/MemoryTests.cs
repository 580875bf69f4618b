using Simulation.Schedules.Models;
using Simulation.Schedules.Own;

namespace Schedules.Tests;

/// <summary>Measures the process, so nothing may run beside it.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    [Fact]
    public void Memory_stays_flat()
    {
        using OwnHost host = new(ModelCatalogue.Find("multifd"), "random");
        long After(int schedules)
        {
            for (int i = 0; i < schedules; i++)
                host.Run((ulong)i);
            return GC.GetTotalMemory(forceFullCollection: true);
        }

        long early = After(10_000);
        Assert.InRange(After(20_000) - early, long.MinValue, 256 * 1024);
    }
}
