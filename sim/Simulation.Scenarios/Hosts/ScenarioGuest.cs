using System.Buffers.Binary;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;
using Simulation.Engine.Choices;
using Simulation.Engine.Loop;
using Simulation.Scenarios.Observing;
using Simulation.Scenarios.Options;

namespace Simulation.Scenarios.Hosts;

/// <summary>What the guest does when it runs at the destination: each virtual CPU reads and writes pages that the seed draws. A page is
/// written by one of them only, so that what a read must show is known.</summary>
/// <param name="loop">The world's loop.</param>
/// <param name="observation">Where each access is noted.</param>
internal sealed class ScenarioGuest(SimulationLoop loop, RunObservation observation) : GuestProgram
{
    private readonly int _pageBytes = observation.Options.Machine.PageBytes;
    private readonly PostcopyOptions _options = observation.Options.Migration.Postcopy!;

    /// <inheritdoc/>
    public override int VcpuCount => _options.Vcpus;

    /// <inheritdoc/>
    public override async Task RunAsync(GuestCpu cpu)
    {
        observation.StartedCpus.Add(cpu.Index);
        Prng random = loop.Streams.Stream($"vcpu/{cpu.Index}");
        RamBlock[] blocks = [.. cpu.Memory.Blocks.Where(block => block.Description.Migratable && block.UsedLengthBytes > 0)];
        byte[] buffer = new byte[_pageBytes];
        for (int touch = 0; touch < _options.TouchesPerVcpu && blocks.Length > 0; touch++)
        {
            await PauseAsync(random);
            RamBlock block = blocks[random.NextInt(blocks.Length)];
            int pages = (int)(block.UsedLengthBytes / _pageBytes);
            int page = random.NextInt(pages);
            int own = page - (page % VcpuCount) + cpu.Index;
            bool writes = random.NextInt(100) < _options.WritePercent && own < pages;
            int offset = random.NextInt(_pageBytes / sizeof(ulong)) * sizeof(ulong);
            if (!await TouchAsync(cpu, block, writes ? own : page, writes ? offset : -1, buffer))
                return;
        }
    }

    private async ValueTask<bool> TouchAsync(GuestCpu cpu, RamBlock block, int page, int writeOffset, byte[] buffer)
    {
        int order = observation.NextOrder();
        GuestAccess access = new()
        {
            BeginOrder = order,
            BeginNanoseconds = loop.NowNanoseconds,
            Vcpu = cpu.Index,
            Block = block.Name,
            Page = page,
            WriteOffset = writeOffset,
            Written = StableHash.Combine(0x5eed, (ulong)order),
            WasMissing = !block.Received[page],
        };
        observation.Accesses.Add(access);
        loop.Record(ScenarioTraceKinds.Touched, page, writeOffset, text: block.Name);
        bool isAlive;
        if (access.IsWrite)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, access.Written);
            isAlive = await cpu.WriteAsync(block, ((long)page * _pageBytes) + writeOffset, buffer.AsMemory(0, sizeof(ulong)));
        }
        else
        {
            isAlive = await cpu.ReadAsync(block, (long)page * _pageBytes, buffer);
            access.ReadHash = StableHash.OfBytes(buffer);
        }

        access.IsGivenUp = !isAlive;
        access.EndOrder = observation.NextOrder();
        access.EndNanoseconds = loop.NowNanoseconds;
        return isAlive;
    }

    private async ValueTask PauseAsync(Prng random)
    {
        if (_options.TouchIntervalNanoseconds == 0)
            await loop.Point("vcpu");
        else
            await loop.Delay(random.NextLong(2 * _options.TouchIntervalNanoseconds), "vcpu");
    }
}
