namespace Simulation.Oracle;

/// <summary>Reads the multifd connections in step with main (stream reference, section 4.6).</summary>
/// <remarks>
/// Between two synchronisations main and every channel run at the same time, so what they write then has no order; a
/// synchronisation is complete when main and every channel have met it. Reading one connection after the other inside
/// each such
/// epoch is therefore as good as any schedule, save for pages that two of them write: those are marked ambiguous.
/// </remarks>
internal sealed class OracleMultifdReceiver
{
    private readonly int _expected;
    private readonly OracleRam _ram;
    private readonly bool _mainCame;
    private readonly MultifdChannel[] _channels;

    // Channels that end inside their initial packets, where enough others are there: a destination that hears of the end before the others
    // have said who they are fails for it, and any other goes on without them.
    private readonly List<OracleFault> _doubtful = [];
    private bool _started;

    public OracleMultifdReceiver(OracleInput input, Capabilities capabilities, OracleRam ram, RecordLogs records)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(input.MultifdChannels, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(input.MultifdChannels, 255);
        _expected = input.MultifdChannels;
        _ram = ram;
        _mainCame = input.Main.Ended || !input.Main.Bytes.IsEmpty;

        // The listener refuses connections beyond the last channel when main is there too, and the migration goes on without them. As long
        // as main is missing it takes all, and one too many can only fail: by an id too high or taken already.
        List<int> connections = [.. Enumerable.Range(1, input.Channels.Count)];
        if (_mainCame)
            SetAsideCutOnes(connections, number => new MultifdChannel(number, input, capabilities, ram, records.Of(number)));
        int count = _mainCame ? Math.Min(_expected, connections.Count) : connections.Count;
        _channels = [.. connections.Take(count).Select(number => new MultifdChannel(number, input, capabilities, ram, records.Of(number)))];
    }

    /// <summary>Number of the synchronisation that main meets next, from 1.</summary>
    public int Epoch { get; private set; } = 1;

    /// <summary>Whether something behind the last synchronisation decides the outcome.</summary>
    public bool DependsOnTiming { get; private set; }

    public long[] BytesConsumed => [.. _channels.Select(channel => (long)channel.Position)];

    /// <summary>Bytes that each channel had brought at the last synchronisation; what follows may go unread.</summary>
    public long[] BytesMet { get; private set; } = [];

    /// <summary>Where main met the channels, in order.</summary>
    public List<OracleMeeting> Meetings { get; } = [];

    public RecordLog[] Records => [.. _channels.Select(channel => channel.Records)];

    /// <summary>Reads the initial packets; main starts only when all channels are there.</summary>
    public void Connect()
    {
        for (int i = 0; i < _channels.Length; i++)
            _channels[i].Connect(_channels[..i]);

        ThrowFirstFault();
        ThrowFirstWaiting();
        if (_channels.Length < _expected)
            throw new OraclePendingException(_channels.Length + 1);

        // Channels read beyond their initial packets only when main has connected.
        _started = _mainCame;
    }

    /// <summary>Main met a synchronisation: every channel must come to its next SYNC packet.</summary>
    /// <param name="main">Main, whose record this is: it is main that misses a channel there.</param>
    public void Synchronise(ByteCursor main)
    {
        RunAll();
        for (int i = 0; i < _channels.Length; i++)
        {
            if (_channels[i].State == MultifdState.Ended)
                _channels[i].Fail(main.Fault(OracleFaultKind.MultifdSyncMissing, main.RecordStart, $"connection {i + 1} ended before SYNC"));
        }

        ThrowFirstFault();
        ThrowFirstWaiting();
        Epoch++;
        Meetings.Add(new(main.Position, BytesConsumed, _ram.Blocks.Sum(block => block.ReceivedPages)));
        foreach (MultifdChannel channel in _channels)
            channel.Release();
    }

    /// <summary>Main met EOF: what the channels still hold may or may not be noticed.</summary>
    public void Finish()
    {
        BytesMet = BytesConsumed;
        foreach (MultifdChannel channel in _channels)
        {
            channel.AfterLastSync = true;
            channel.Run(Epoch);
            bool noticed = channel.State == MultifdState.Faulty
                || (channel.State == MultifdState.AtSync && channel.FindLostPages(Epoch));
            DependsOnTiming |= noticed;
        }

        ThrowFirstFault();
    }

    /// <summary>Adds the faults that a destination may meet before the one that ended main's reading.</summary>
    /// <param name="faults">Main's fault, or a channel's that main met at a synchronisation, or none.</param>
    /// <param name="mainStopped">Whether main failed or waits, while the channels run on.</param>
    public void AddFaults(List<OracleFault> faults, bool mainStopped)
    {
        if (mainStopped && _started)
            RunAll();

        foreach (MultifdChannel channel in _channels)
        {
            if (channel.Fault is { } fault && !faults.Contains(fault))
                faults.Add(fault);
        }

        DependsOnTiming |= _doubtful.Count > 0 && faults.Count == 0;
        faults.AddRange(_doubtful);
    }

    private void SetAsideCutOnes(List<int> connections, Func<int, MultifdChannel> open)
    {
        int[] cut = [.. connections.Take(_expected).Where(number => open(number).EndsInInitialPacket)];
        if (cut.Length == 0 || connections.Count - cut.Length < _expected)
            return;
        foreach (int number in cut)
        {
            MultifdChannel channel = open(number);
            channel.Connect([]);
            _doubtful.Add(channel.Fault!);
            connections.Remove(number);
        }
    }

    private void RunAll()
    {
        foreach (MultifdChannel channel in _channels)
            channel.Run(Epoch);
    }

    private void ThrowFirstFault()
    {
        foreach (MultifdChannel channel in _channels)
        {
            if (channel.Fault is { } fault)
                throw new OracleFaultException(fault);
        }
    }

    private void ThrowFirstWaiting()
    {
        for (int i = 0; i < _channels.Length; i++)
        {
            if (_channels[i].State == MultifdState.Waiting)
                throw new OraclePendingException(i + 1);
        }
    }
}
