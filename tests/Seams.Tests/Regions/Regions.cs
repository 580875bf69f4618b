using Fuzzing.Targets.Hosts;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Incoming.Daemon;
using Qemu.Migration.Incoming.Memory;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Hosts;
using Simulation.Scenarios.Options;
using Simulation.Schedules.Models;
using Simulation.Schedules.Own;
using TestKit;

namespace Seams.Tests.Regions;

public sealed class NativeTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) => new NativeMemoryRegion(lengthBytes);
}

public sealed class AnonymousTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) => new AnonymousRegion(lengthBytes);
}

public sealed class SharedFileTests : RegionContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("seams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    protected override GuestMemoryRegion Map(long lengthBytes) => 
        new DaemonEnvironment(
            MigrationTrace.None, "ram", Path.Combine(_folder, "memory"), UnixFileMode.UserRead | UnixFileMode.UserWrite).MapGuestMemory("ram", lengthBytes);
}

public sealed class PooledTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) => new PooledMemory().Rent(lengthBytes, 0xa5, new());
}

public sealed class PooledZeroTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) =>
        new PooledMemory().Rent(lengthBytes, null, new() { Memory = MemoryKind.WrittenThrough });
}

public sealed class PooledThatRefusesTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) =>
        new PooledMemory().Rent(lengthBytes, 0xa5, new() { Memory = MemoryKind.WrittenThrough, RefusesAfterBytes = 100_000 });
}

public sealed class GuardedTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) => new FuzzEnvironment(isWrittenThrough: true).MapGuestMemory("ram", lengthBytes);
}

public sealed class ModelTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) =>
        new OwnEnvironment(new SimulationLoop(), ModelCatalogue.Find("multifd-file")).MapGuestMemory("ram", lengthBytes);
}

public sealed class PoisonedTests : RegionContract
{
    protected override GuestMemoryRegion Map(long lengthBytes) => new TestEnvironment(0x99, writtenThrough: true).MapGuestMemory("ram", lengthBytes);
}
