using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;
using Simulation.Schedules.Models;

namespace Simulation.Schedules.Running;

/// <summary>The guest of a model: virtual CPUs that read and write pages, and know what they must find there.</summary>
/// <param name="model">The model.</param>
/// <param name="environment">Whose points they are.</param>
internal sealed class ModelGuest(ScheduleModel model, ModelEnvironment environment) : GuestProgram
{
    private readonly byte[] _truth = model.Ram.ToArray();

    /// <inheritdoc/>
    public override int VcpuCount => model.Vcpus.Count;

    /// <summary>What the guest's RAM must be: the source's, with what was written here since.</summary>
    public ReadOnlySpan<byte> Ram => _truth;

    /// <inheritdoc/>
    public override async Task RunAsync(GuestCpu cpu)
    {
        RamBlock block = cpu.Memory.Blocks[0];
        byte[] found = new byte[ModelStream.PageBytes];
        foreach ((int page, byte? write) in model.Vcpus[cpu.Index])
        {
            await environment.Point("vcpu.access");
            if (!(write is { } value ? await WriteAsync(cpu, block, page, value) : await cpu.ReadAsync(block, (long)page * found.Length, found)))
                return;
            if (write is null)
                Judge(cpu.Index, page, found);
        }
    }

    private async ValueTask<bool> WriteAsync(GuestCpu cpu, RamBlock block, int page, byte value)
    {
        int offset = (page * ModelStream.PageBytes) + (ModelStream.PageBytes / 2);
        _truth[offset] = value;
        return await cpu.WriteAsync(block, offset, new[] { value });
    }

    private void Judge(int vcpu, int page, ReadOnlySpan<byte> found)
    {
        ReadOnlySpan<byte> expected = _truth.AsSpan(page * found.Length, found.Length);
        int same = found.CommonPrefixLength(expected);
        if (same < found.Length)
        {
            environment.Witness.Report(
                "ReadsSeeTheLatestWrite", $"vcpu {vcpu} read 0x{found[same]:x2} at 0x{same:x} of page {page}, not 0x{expected[same]:x2}");
        }
    }
}
