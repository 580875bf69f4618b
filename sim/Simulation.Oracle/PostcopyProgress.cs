namespace Simulation.Oracle;

/// <summary>How far postcopy has come (stream reference, section 6.3), and what has come of it so far. It outlives the connections.</summary>
internal sealed class PostcopyProgress
{
    /// <summary>How far postcopy has come.</summary>
    public OraclePostcopyPhase Phase { get; set; }

    /// <summary>Whether RAM travels in postcopy; otherwise only dirty bitmaps do.</summary>
    public bool IsOfRam { get; set; }

    /// <summary>Whether a package is being read.</summary>
    public bool IsInPackage { get; set; }

    /// <summary>Whether a new connection has come and POSTCOPY_RESUME has not.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>Whether the guest runs here.</summary>
    public bool HasRun => Phase is OraclePostcopyPhase.Running or OraclePostcopyPhase.Ended;

    /// <summary>Whether RAM records are those of postcopy (section 2.4).</summary>
    public bool TakesPages => IsOfRam && Phase is OraclePostcopyPhase.Listening or OraclePostcopyPhase.Running;

    /// <summary>Bytes of main up to the end of POSTCOPY_LISTEN; null before.</summary>
    public long? ListenedAt { get; set; }

    /// <summary>Bytes of main up to the end of POSTCOPY_RUN; null before.</summary>
    public long? RanAt { get; set; }

    /// <summary>Pages that were discarded and had been received.</summary>
    public long PagesDiscarded { get; set; }

    /// <summary>Page records for pages that were there.</summary>
    public long DroppedPages { get; set; }

    /// <summary>Page records of which nobody can say whether they were read, or for pages of which nobody can say whether they were there.</summary>
    public long DoubtfulRecords { get; set; }

    /// <summary>Bytes of the package, without its command.</summary>
    public long PackageBytes { get; set; }

    /// <summary>Offset on its main connection at which each recovery came to POSTCOPY_RESUME; null where it did not.</summary>
    public List<long?> ResumedAt { get; } = [];
}
