using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.Postcopy;

namespace Fuzzing.Targets.Postcopy;

/// <summary>A guest of two CPUs that read and write pages when the script of an input says so. What it has written it must find again.</summary>
/// <param name="watch">Told when the guest writes.</param>
internal sealed class ScriptedGuest(PlacementWatch watch) : GuestProgram
{
    private const int PageBytes = 4096;
    private const int Offset = 77;
    private readonly Queue<(int Page, bool Writes)>[] _orders = [new(), new()];
    private readonly byte[] _written = new byte[Machines.NoneRamBytes / PageBytes];
    private readonly TaskCompletionSource?[] _idle = new TaskCompletionSource?[2];
    private readonly byte[][] _buffers = [new byte[1], new byte[1]];
    private byte _nextValue;
    private bool _isFinished;

    /// <inheritdoc/>
    public override int VcpuCount => _orders.Length;

    /// <summary>A page of which the guest has read something else than it had written, or null.</summary>
    public int? Lost { get; private set; }

    /// <summary>Whether the guest has written a page.</summary>
    public bool HasWritten(long page) => _written[page] != 0;

    /// <summary>Begins a run.</summary>
    public void Reset()
    {
        foreach (Queue<(int, bool)> orders in _orders)
            orders.Clear();
        Array.Clear(_written);
        Array.Clear(_idle);
        _isFinished = false;
        _nextValue = 0;
        Lost = null;
    }

    /// <summary>A CPU shall access a page, once it runs and has done what it was told before.</summary>
    public void Order(int vcpu, int page, bool writes)
    {
        _orders[vcpu].Enqueue((page, writes));
        _idle[vcpu]?.TrySetResult();
    }

    /// <summary>Nothing will be ordered any more.</summary>
    public void Finish()
    {
        _isFinished = true;
        foreach (TaskCompletionSource? idle in _idle)
            idle?.TrySetResult();
    }

    /// <inheritdoc/>
    public override async Task RunAsync(GuestCpu cpu)
    {
        RamBlock block = cpu.Memory.Blocks[0];
        while (true)
        {
            if (_orders[cpu.Index].TryDequeue(out (int Page, bool Writes) order))
            {
                if (!await cpu.TouchAsync(block, order.Page))
                    return;
                await AccessAsync(cpu, block, order.Page, order.Writes);
                continue;
            }
            if (_isFinished)
                return;
            TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _idle[cpu.Index] = idle;
            await cpu.Environment.WaitFor(idle.Task);
        }
    }

    // The page is there: nothing waits, and the write is the guest's.
    private async ValueTask AccessAsync(GuestCpu cpu, RamBlock block, int page, bool writes)
    {
        byte[] buffer = _buffers[cpu.Index];
        long offset = ((long)page * PageBytes) + Offset;
        if (!writes)
        {
            if (await cpu.ReadAsync(block, offset, buffer) && _written[page] != 0 && buffer[0] != _written[page])
                Lost ??= page;
            return;
        }
        buffer[0] = _nextValue = (byte)((_nextValue % byte.MaxValue) + 1);
        watch.GuestWrites = true;
        if (await cpu.WriteAsync(block, offset, buffer))
            _written[page] = buffer[0];
        watch.GuestWrites = false;
    }
}
