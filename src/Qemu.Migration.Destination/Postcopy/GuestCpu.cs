using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Memory;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>A virtual CPU's access to guest memory. Each access waits while its page is missing or the guest is stopped. One task uses it.</summary>
public sealed class GuestCpu
{
    private readonly DestinationEnvironment _environment;
    private readonly VirtualMachine _virtualMachine;
    private readonly PageFaults _faults;

    internal GuestCpu(int index, DestinationEnvironment environment, GuestMemory memory, VirtualMachine virtualMachine, PageFaults faults)
    {
        Index = index;
        Memory = memory;
        _environment = environment;
        _virtualMachine = virtualMachine;
        _faults = faults;
    }

    /// <summary>The CPU's number, from 0.</summary>
    public int Index { get; }

    /// <summary>The guest's memory: blocks and page size.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The clock and the waiting of the host.</summary>
    public DestinationEnvironment Environment => _environment;

    /// <summary>Touches a page: waits until it is there.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the used length.</param>
    /// <returns>False when there is no guest any more.</returns>
    public async ValueTask<bool> TouchAsync(RamBlock block, long page)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(page);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(page, block.UsedLengthBytes >> Memory.PageShift);
        do
        {
            if (!_virtualMachine.Runs.IsCompleted)
                await _environment.WaitFor(_virtualMachine.Runs);
            if (!await _faults.TouchAsync(block, page, Index))
                return false;
        }
        while (!_virtualMachine.Runs.IsCompleted);
        return true;
    }

    /// <summary>Reads bytes of one page, when it is there.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="destination">Where to; the bytes lie inside one page.</param>
    /// <returns>False when there is no guest any more.</returns>
    public async ValueTask<bool> ReadAsync(RamBlock block, long offset, Memory<byte> destination)
    {
        if (!await TouchAsync(block, PageOf(offset, destination.Length)))
            return false;
        GuestMemory.Read(block, offset, destination.Length).CopyTo(destination.Span);
        return true;
    }

    /// <summary>Writes bytes of one page, when it is there.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="source">The bytes; they lie inside one page.</param>
    /// <returns>False when there is no guest any more.</returns>
    public async ValueTask<bool> WriteAsync(RamBlock block, long offset, ReadOnlyMemory<byte> source)
    {
        if (!await TouchAsync(block, PageOf(offset, source.Length)))
            return false;
        _faults.Write(block, offset, source.Span);
        return true;
    }

    private long PageOf(long offset, int lengthBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((offset & (Memory.PageSizeBytes - 1)) + lengthBytes, Memory.PageSizeBytes);
        return offset >> Memory.PageShift;
    }
}
