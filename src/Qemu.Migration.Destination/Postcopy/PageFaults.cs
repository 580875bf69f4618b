using System.Runtime.CompilerServices;
using Qemu.Migration.Destination.Hosting;
using Qemu.Migration.Destination.Memory;
using Qemu.Migration.Destination.ReturnPath;
using static Qemu.Migration.Destination.Hosting.Signals;

namespace Qemu.Migration.Destination.Postcopy;

/// <summary>
/// The guest's missing pages, from LISTEN to the end: who waits for which, which of them the source was asked for, and their placement.
/// <code>
/// touch: missing? -> note it, ask the source (once a connection), wait
/// place: missing? -> store it whole, mark it as received, wake who waits         there? -> drop it: the guest may have written it
/// </code>
/// </summary>
/// <remarks>A page is placed under one lock, whoever brings it: main, or the channel for urgent pages. Who sees its received bit sees its
/// content. It is QEMU's userfaultfd, fault thread and request tree in one, for a guest that is a program.</remarks>
internal sealed class PageFaults(DestinationEnvironment environment, GuestMemory memory, Func<long> now)
{
    private readonly object _lock = new();
    private readonly SortedDictionary<(int Block, long Page), Fault> _faults = [];
    private ReturnPathWriter? _returnPath;
    private TaskCompletionSource? _changed;
    private volatile bool _mayMiss;
    private bool _isOff;
    private long _requests;
    private long _duplicates;
    private BlockTime? _blockTime;

    /// <summary>postcopy-requests: pages that the source was asked for, again after each recovery.</summary>
    public long Requests => Volatile.Read(ref _requests);

    /// <summary>Pages that came though they were there, and were dropped.</summary>
    public long Duplicates => Volatile.Read(ref _duplicates);

    /// <summary>How long the guest waited for pages; null unless it is measured.</summary>
    public BlockTimeFigures? BlockTimeFigures
    {
        get
        {
            lock (_lock)
                return _blockTime?.Figures();
        }
    }

    /// <summary>From now on pages may be missing.</summary>
    /// <param name="blockTime">Takes how long the guest waits for them, or null.</param>
    public void Open(BlockTime? blockTime)
    {
        _blockTime = blockTime;
        _mayMiss = true;
    }

    /// <summary>A source is there that can be asked. Asks for all pages that are waited for.</summary>
    /// <param name="returnPath">Where it is asked; null where it opened none: it sends everything by and by.</param>
    public async ValueTask ConnectAsync(ReturnPathWriter? returnPath)
    {
        if (returnPath is null)
            return;
        List<Fault> waited;
        lock (_lock)
        {
            _returnPath = returnPath;
            waited = [.. _faults.Values.Where(fault => !fault.IsRequested)];
            foreach (Fault fault in waited)
                MarkRequested(fault);
        }
        foreach (Fault fault in waited)
            await RequestAsync(returnPath, fault);
    }

    /// <summary>The source cannot be asked any more: what was asked for will be asked for again.</summary>
    public void Disconnect()
    {
        lock (_lock)
        {
            _returnPath = null;
            foreach (Fault fault in _faults.Values)
                fault.IsRequested = false;
        }
    }

    /// <summary>Finds the missing ones of some pages.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <returns>The numbers of those that are missing now.</returns>
    public long[] Missing(RamBlock block, long first, long count)
    {
        List<long> missing = [];
        for (long page = first; page < first + count && _mayMiss && block.Description.Migratable; page++)
        {
            if (!block.Received[page])
                missing.Add(page);
        }
        return [.. missing];
    }

    /// <summary>Touches a page: waits until it is there.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <param name="vcpu">Who touches it.</param>
    /// <returns>False when there is no guest any more.</returns>
    public async ValueTask<bool> TouchAsync(RamBlock block, long page, int vcpu)
    {
        if (_mayMiss && !block.Received[page] && await NoteAsync(block, page, vcpu) is { } arrived)
            await environment.WaitFor(arrived);
        return !Volatile.Read(ref _isOff);
    }

    /// <summary>Asks for a page, if it is missing, and does not wait for it.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    public async ValueTask RequestAsync(RamBlock block, long page) => await NoteAsync(block, page, BlockTime.NoVcpu);

    // Registers a waiter for a page and requests the page. Returns its arrival, or null when the page is present.
    private async ValueTask<Task?> NoteAsync(RamBlock block, long page, int vcpu)
    {
        Fault? fault;
        ReturnPathWriter? asked = null;
        lock (_lock)
        {
            if (_isOff || !_mayMiss || block.Received[page] || !block.Description.Migratable)
                return null;
            (int Block, long Page) key = (memory.IndexOf(block), page);
            if (!_faults.TryGetValue(key, out fault))
                _faults.Add(key, fault = new(block, page));
            if (_blockTime is not null)
            {
                fault.Waiters.Add((vcpu, now()));
                _blockTime.Begin(vcpu, now());
            }
            if (!fault.IsRequested && _returnPath is not null)
            {
                MarkRequested(fault);
                asked = _returnPath;
            }
        }
        if (asked is not null)
            await RequestAsync(asked, fault);
        return fault.Arrived.Task;
    }

    /// <summary>Stores bytes that the guest writes into a page that is there.</summary>
    /// <param name="block">The block.</param>
    /// <param name="offset">The first byte.</param>
    /// <param name="source">The bytes.</param>
    public void Write(RamBlock block, long offset, ReadOnlySpan<byte> source)
    {
        lock (_lock)
            memory.GuestWrite(block, offset, source);
    }

    /// <summary>Places a run of pages whose bytes lie a stride apart.</summary>
    /// <param name="block">Their block.</param>
    /// <param name="first">The first page's number.</param>
    /// <param name="count">How many, all inside the block.</param>
    /// <param name="source">The first page's first byte.</param>
    /// <param name="strideBytes">From one page's first byte to that of the next, at least a page.</param>
    /// <returns>How many were placed; the others were there.</returns>
    public int Place(RamBlock block, long first, int count, ref readonly byte source, int strideBytes)
    {
        int placed = 0;
        lock (_lock)
        {
            for (int i = 0; i < count;)
            {
                int run = 0;
                while (i + run < count && !block.Received[first + i + run])
                    run++;
                if (run == 0)
                {
                    i++;
                    continue;
                }
                placed += memory.WriteRun(
                    block, first + i, run, in Unsafe.Add(ref Unsafe.AsRef(in source), (nint)i * strideBytes), strideBytes);
                Wake(block, first + i, run);
                i += run;
            }
            _duplicates += count - placed;
        }
        return placed;
    }

    /// <summary>Places a zero page.</summary>
    /// <param name="block">Its block.</param>
    /// <param name="page">Its number, inside the block.</param>
    /// <returns>1 when it was placed, 0 when it was there.</returns>
    public int PlaceZero(RamBlock block, long page)
    {
        lock (_lock)
        {
            if (block.Received[page])
            {
                _duplicates++;
                return 0;
            }
            int placed = memory.ZeroPage(block, page);
            Wake(block, page, 1);
            return placed;
        }
    }

    /// <summary>Completes when no page is waited for any more, and at <see cref="Nudge"/>; null where none is.</summary>
    public Task? NextChange
    {
        get
        {
            lock (_lock)
                return _faults.Count == 0 ? null : (_changed ??= NewSignal()).Task;
        }
    }

    /// <summary>Who waits for <see cref="NextChange"/> looks again.</summary>
    public void Nudge()
    {
        lock (_lock)
            NoteChange();
    }

    /// <summary>Nothing is missing any more: the migration has ended.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _mayMiss = false;
            WakeAll();
            _faults.Clear();
            NoteChange();
        }
    }

    /// <summary>There is no guest any more: nobody waits. Pages that it waited for are missing as before.</summary>
    public void PowerOff()
    {
        lock (_lock)
        {
            _isOff = true;
            WakeAll();
        }
    }

    private void MarkRequested(Fault fault)
    {
        fault.IsRequested = true;
        _requests++;
    }

    private ValueTask RequestAsync(ReturnPathWriter asked, Fault fault) =>
        asked.RequestAsync(fault.Block, fault.Page << memory.PageShift, memory.PageSizeBytes);

    private void Wake(RamBlock block, long first, int count)
    {
        if (_faults.Count == 0)
            return;
        int index = memory.IndexOf(block);
        for (int i = 0; i < count; i++)
        {
            if (_faults.Remove((index, first + i), out Fault? fault))
                Wake(fault);
        }
        if (_faults.Count == 0)
            NoteChange();
    }

    private void WakeAll()
    {
        foreach (Fault fault in _faults.Values)
            Wake(fault);
    }

    private void Wake(Fault fault)
    {
        foreach (var (vcpu, since) in fault.Waiters)
            _blockTime!.End(vcpu, since, now());
        fault.Waiters.Clear();
        fault.Arrived.TrySetResult();
    }

    private void NoteChange()
    {
        _changed?.TrySetResult();
        _changed = null;
    }

    /// <summary>A page that is waited for.</summary>
    private sealed class Fault(RamBlock block, long page)
    {
        public RamBlock Block => block;

        public long Page => page;

        public bool IsRequested { get; set; }

        /// <summary>Who waits, and since when; only where that is measured.</summary>
        public List<(int Vcpu, long Since)> Waiters { get; } = [];

        public TaskCompletionSource Arrived { get; } = NewSignal();
    }
}
