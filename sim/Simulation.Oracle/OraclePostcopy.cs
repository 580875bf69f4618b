namespace Simulation.Oracle;

/// <summary>How far postcopy has come (stream reference, section 6.3).</summary>
public enum OraclePostcopyPhase
{
    /// <summary>Nothing has been said of postcopy.</summary>
    None,

    /// <summary>The source may go over to postcopy.</summary>
    Advised,

    /// <summary>The source has said which pages are old.</summary>
    Discarding,

    /// <summary>Pages are placed one by one.</summary>
    Listening,

    /// <summary>The guest runs here.</summary>
    Running,

    /// <summary>All pages are there.</summary>
    Ended,
}

/// <summary>What postcopy has brought.</summary>
/// <remarks>A leg is what lies between two losses of the connections: leg 0 before the first one, leg k behind the k-th recovery.</remarks>
public sealed class OraclePostcopy
{
    private readonly PostcopyProgress _progress;

    internal OraclePostcopy(PostcopyProgress progress, IReadOnlyList<OracleLeg> legs)
    {
        _progress = progress;
        Legs = legs;
    }

    /// <summary>How far it has come.</summary>
    public OraclePostcopyPhase Phase => _progress.Phase;

    /// <summary>Whether the guest has begun to run here.</summary>
    public bool HasRun => _progress.HasRun;

    /// <summary>Bytes of the first main connection up to the end of POSTCOPY_LISTEN; null before.</summary>
    public long? ListenedAt => _progress.ListenedAt;

    /// <summary>Bytes of the first main connection up to the end of POSTCOPY_RUN; null before.</summary>
    public long? RanAt => _progress.RanAt;

    /// <summary>Pages that were discarded and had been received.</summary>
    public long PagesDiscarded => _progress.PagesDiscarded;

    /// <summary>Page records that were dropped: their pages were there.</summary>
    public long DroppedPages => _progress.DroppedPages;

    /// <summary>Page records of which nobody can say whether they were dropped.</summary>
    public long DoubtfulRecords => _progress.DoubtfulRecords;

    /// <summary>Bytes of the package, which the source counts twice (section 8.5, O3).</summary>
    public long PackageBytes => _progress.PackageBytes;

    /// <summary>What came between two losses of the connections, in order.</summary>
    public IReadOnlyList<OracleLeg> Legs { get; }
}

/// <summary>What came between two losses of the connections.</summary>
public sealed class OracleLeg
{
    private readonly RecordLog _main;
    private readonly RecordLog _preempt;

    internal OracleLeg(RecordLog main, RecordLog preempt)
    {
        _main = main;
        _preempt = preempt;
    }

    /// <summary>Why the connections were lost, or null: the first of them that ended or broke a rule.</summary>
    public OracleFault? Fault => Faults.Count > 0 ? Faults[0] : null;

    /// <summary>At most one fault a connection; any may be met first.</summary>
    public required IReadOnlyList<OracleFault> Faults { get; init; }

    /// <summary>Bytes of main read.</summary>
    public required long BytesConsumed { get; init; }

    /// <summary>Bytes of the preempt connection read.</summary>
    public required long PreemptBytesConsumed { get; init; }

    /// <summary>Where on main POSTCOPY_RESUME ended; null in the first leg and where it did not come.</summary>
    public required long? ResumedAt { get; init; }

    /// <summary>Pages in records of main, in the first leg those before postcopy too.</summary>
    public OracleCounters Counters => _main.Total;

    /// <summary>Pages in records of the preempt connection.</summary>
    public OracleCounters PreemptCounters => _preempt.Total;

    /// <summary>Pages in those records of main that lie wholly within its first bytes.</summary>
    /// <param name="offset">Number of bytes.</param>
    public OracleCounters CountersAt(long offset) => _main.At(offset);

    /// <summary>Pages in those records of the preempt connection that lie wholly within its first bytes.</summary>
    /// <param name="offset">Number of bytes.</param>
    public OracleCounters PreemptCountersAt(long offset) => _preempt.At(offset);
}
