namespace Simulation.Oracle;

/// <summary>Ends of the page records of one channel, kept so that counters can be asked for at any byte.</summary>
internal sealed class RecordLog
{
    /// <summary>Records of a kind for which storage is kept from one migration to the next.</summary>
    private const int KeptRecords = 4096;

    private readonly List<long> _normalEnds = [];
    private readonly List<long> _zeroEnds = [];
    private readonly List<long> _xbzrleEnds = [];
    private readonly List<long> _firstEnds = [];

    // Entry k is the number of XBZRLE bytes in the first k records.
    private readonly List<long> _xbzrleBytes = [0];

    /// <summary>Counters of all records.</summary>
    public OracleCounters Total => new(_normalEnds.Count, _zeroEnds.Count, _xbzrleEnds.Count, _xbzrleBytes[^1]);

    /// <summary>Forgets all records and keeps the storage that most migrations need.</summary>
    public void Clear()
    {
        Clear(_normalEnds);
        Clear(_zeroEnds);
        Clear(_xbzrleEnds);
        Clear(_firstEnds);
        Clear(_xbzrleBytes);
        _xbzrleBytes.Add(0);
    }

    public void AddNormal(long end) => _normalEnds.Add(end);

    public void AddZero(long end) => _zeroEnds.Add(end);

    public void AddXbzrle(long end, long bytes)
    {
        _xbzrleEnds.Add(end);
        _xbzrleBytes.Add(_xbzrleBytes[^1] + bytes);
    }

    /// <summary>Notes that the record that ends at an offset brought a page that no record had brought before.</summary>
    public void AddFirst(long end) => _firstEnds.Add(end);

    /// <summary>Pages that came for the first time in records that end at or before an offset.</summary>
    public int FirstAt(long offset) => CountUpTo(_firstEnds, offset);

    /// <summary>Counters of the records that end at or before an offset.</summary>
    public OracleCounters At(long offset)
    {
        int xbzrle = CountUpTo(_xbzrleEnds, offset);
        return new OracleCounters(
            CountUpTo(_normalEnds, offset), CountUpTo(_zeroEnds, offset), xbzrle, _xbzrleBytes[xbzrle]);
    }

    private static void Clear(List<long> list)
    {
        list.Clear();
        if (list.Capacity > KeptRecords)
            list.Capacity = KeptRecords;
    }

    private static int CountUpTo(List<long> ends, long offset)
    {
        int low = 0;
        int high = ends.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ends[middle] <= offset)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
