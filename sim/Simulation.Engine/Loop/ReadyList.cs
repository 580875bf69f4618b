namespace Simulation.Engine.Loop;

/// <summary>The ready tasks in the order in which they became ready. Short: taking one out moves those behind it.</summary>
internal sealed class ReadyList
{
    private LogicalTask[] _tasks = new LogicalTask[16];

    public int Count { get; private set; }

    public ReadOnlySpan<LogicalTask> AsSpan() => _tasks.AsSpan(0, Count);

    public void Add(LogicalTask task)
    {
        if (Count == _tasks.Length)
            Array.Resize(ref _tasks, Count * 2);
        _tasks[Count++] = task;
    }

    public LogicalTask TakeAt(int index)
    {
        LogicalTask task = _tasks[index];
        Count--;
        Array.Copy(_tasks, index + 1, _tasks, index, Count - index);
        return task;
    }

    public int IndexOf(LogicalTask? task)
    {
        // The task that ran last became ready last, if at all.
        int index = Count - 1;
        while (index >= 0 && !ReferenceEquals(_tasks[index], task))
            index--;
        return index;
    }

    public void Clear()
    {
        Array.Clear(_tasks);
        Count = 0;
    }
}
