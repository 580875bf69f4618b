namespace Simulation.Source.Precopy;

/// <summary>The running counts behind <see cref="SourceStatistics"/>; one writer, the migration thread.</summary>
internal sealed class SourceCounters
{
    public long Normal { get; set; }

    public long Duplicate { get; set; }

    public long DirtySyncCount { get; set; }

    public long MultifdBytes { get; set; }

    public long FileBytes { get; set; }

    public long PrecopyBytes { get; set; }

    public long DowntimeBytes { get; set; }

    public long PostcopyBytes { get; set; }

    public long PostcopyRequests { get; set; }

    public long PackageBytes { get; set; }

    public long PagesDiscarded { get; set; }

    public long Recoveries { get; set; }

    public long XbzrlePages { get; set; }

    public long XbzrleBytes { get; set; }

    public long XbzrleOverflow { get; set; }

    public long XbzrleCacheMiss { get; set; }

    public long XbzrleRecords { get; set; }

    /// <summary>The figures that are counts, as they stand.</summary>
    public SourceStatistics Snapshot() => new()
    {
        Normal = Normal,
        Duplicate = Duplicate,
        DirtySyncCount = DirtySyncCount,
        MultifdBytes = MultifdBytes,
        PrecopyBytes = PrecopyBytes,
        DowntimeBytes = DowntimeBytes,
        PostcopyBytes = PostcopyBytes,
        PostcopyRequests = PostcopyRequests,
        PackageBytes = PackageBytes,
        PagesDiscarded = PagesDiscarded,
        Recoveries = Recoveries,
        XbzrlePages = XbzrlePages,
        XbzrleBytes = XbzrleBytes,
        XbzrleOverflow = XbzrleOverflow,
        XbzrleCacheMiss = XbzrleCacheMiss,
        XbzrleRecords = XbzrleRecords,
    };

    /// <summary>Counts bytes of RAM records, on the main channel or the preempt channel.</summary>
    public void AddRecordBytes(long bytes, RamPhase phase)
    {
        if (phase == RamPhase.Precopy)
            PrecopyBytes += bytes;
        else if (phase == RamPhase.Downtime)
            DowntimeBytes += bytes;
        else
            PostcopyBytes += bytes;
    }
}
