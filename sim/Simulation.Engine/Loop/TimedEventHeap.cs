namespace Simulation.Engine.Loop;

/// <summary>
/// A binary heap of timed events by (virtual time, sequence), so that events of one instant happen in the order in which they were
/// scheduled. Each event knows its place: cancelling removes it at once, and nothing stale is left to grow.
/// </summary>
internal sealed class TimedEventHeap
{
    private Entry[] _entries = new Entry[64];
    private long _sequence;

    public int Count { get; private set; }

    public long EarliestNanoseconds => Count == 0 ? long.MaxValue : _entries[0].Nanoseconds;

    public void Clear()
    {
        for (int i = 0; i < Count; i++)
            _entries[i].Event.HeapIndex = -1;
        Array.Clear(_entries, 0, Count);
        Count = 0;
        _sequence = 0;
    }

    public void Add(TimedEvent timed, long nanoseconds)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);
        SiftUp(Count++, new Entry(nanoseconds, _sequence++, timed));
    }

    public TimedEvent TakeEarliest()
    {
        TimedEvent earliest = _entries[0].Event;
        Remove(earliest);
        return earliest;
    }

    public void Remove(TimedEvent timed)
    {
        int hole = timed.HeapIndex;
        timed.HeapIndex = -1;
        Entry last = _entries[--Count];
        _entries[Count] = default;
        if (hole == Count)
            return;
        if (hole > 0 && last.IsBefore(_entries[(hole - 1) / 2]))
            SiftUp(hole, last);
        else
            SiftDown(hole, last);
    }

    private void SiftUp(int hole, Entry entry)
    {
        while (hole > 0)
        {
            int parent = (hole - 1) / 2;
            if (!entry.IsBefore(_entries[parent]))
                break;
            Place(hole, _entries[parent]);
            hole = parent;
        }

        Place(hole, entry);
    }

    private void SiftDown(int hole, Entry entry)
    {
        for (int child = (2 * hole) + 1; child < Count; child = (2 * hole) + 1)
        {
            if (child + 1 < Count && _entries[child + 1].IsBefore(_entries[child]))
                child++;
            if (!_entries[child].IsBefore(entry))
                break;
            Place(hole, _entries[child]);
            hole = child;
        }

        Place(hole, entry);
    }

    private void Place(int index, Entry entry)
    {
        _entries[index] = entry;
        entry.Event.HeapIndex = index;
    }

    private readonly record struct Entry(long Nanoseconds, long Sequence, TimedEvent Event)
    {
        public bool IsBefore(in Entry other) =>
            Nanoseconds < other.Nanoseconds || (Nanoseconds == other.Nanoseconds && Sequence < other.Sequence);
    }
}
