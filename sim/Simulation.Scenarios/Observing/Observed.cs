using Qemu.Migration.Destination;
using Qemu.Migration.Destination.Machine;
using Qemu.Migration.Destination.Statistics;
using Qemu.Migration.Wire;
using Simulation.Source.Precopy;

namespace Simulation.Scenarios.Observing;

/// <summary>The incoming state changed.</summary>
/// <param name="Order">Place among all observations of the run.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered.</param>
/// <param name="ShowsFigures">Whether whoever looked at that moment saw the state, and the figures that belong to it.</param>
/// <param name="StampMicroseconds">The wall clock at that moment, in microseconds since 1970.</param>
public readonly record struct StatusChange(
    int Order, long TimeNanoseconds, MigrationStatus From, MigrationStatus To, bool ShowsFigures, long StampMicroseconds = 0);

/// <summary>The guest's run state changed at the destination.</summary>
/// <param name="Order">Place among all observations of the run.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="From">The state left.</param>
/// <param name="To">The state entered.</param>
/// <param name="StampMicroseconds">The wall clock at that moment, in microseconds since 1970.</param>
/// <param name="ShowsState">Whether whoever looked at that moment saw the state entered.</param>
public readonly record struct RunStateChange(
    int Order, long TimeNanoseconds, RunState From, RunState To, long StampMicroseconds = 0, bool ShowsState = true);

/// <summary>The guest was stopped at the source, or went on there.</summary>
/// <param name="Order">Place among all observations of the run.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="Runs">Whether it runs there from now on.</param>
public readonly record struct SourceGuestChange(int Order, long TimeNanoseconds, bool Runs);

/// <summary>The source's state changed.</summary>
/// <param name="Order">Place among all observations of the run.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="To">The state entered.</param>
public readonly record struct SourceStatusChange(int Order, long TimeNanoseconds, SourceStatus To);

/// <summary>The destination sent a message to the source.</summary>
/// <param name="Order">Place among all observations of the run.</param>
/// <param name="TimeNanoseconds">Virtual time.</param>
/// <param name="Type">The message.</param>
/// <param name="Value">Its payload, or 0.</param>
/// <param name="MainBytes">How many bytes of the main channel had been read.</param>
public readonly record struct ReturnMessage(
    int Order, long TimeNanoseconds, ReturnPathMessageType Type, uint Value, long MainBytes);

/// <summary>A reply to <c>query-migrate</c>, and what had been read when it was given.</summary>
public sealed record QueryReply
{
    /// <summary>Place among all observations of the run.</summary>
    public int Order { get; init; }

    /// <summary>Virtual time.</summary>
    public long TimeNanoseconds { get; init; }

    /// <summary><c>status</c>; null when absent.</summary>
    public string? Status { get; set; }

    /// <summary><c>total-time</c> in milliseconds; null when absent.</summary>
    public long? TotalTime { get; set; }

    /// <summary><c>setup-time</c> in milliseconds; null when absent.</summary>
    public long? SetupTime { get; set; }

    /// <summary><c>recoveries</c>; null when absent.</summary>
    public long? Recoveries { get; set; }

    /// <summary><c>paused-time</c> in milliseconds; null when absent.</summary>
    public long? PausedTime { get; set; }

    /// <summary><c>postcopy-blocktime</c> and what goes with it; null when absent.</summary>
    public BlockTimeReply? BlockTime { get; set; }

    /// <summary><c>error-desc</c>; null when absent.</summary>
    public string? ErrorDescription { get; set; }

    /// <summary>Whether <c>socket-address</c> is there.</summary>
    public bool HasAddress { get; set; }

    /// <summary><c>ram</c>; null when absent.</summary>
    public RamFigures? Ram { get; set; }

    /// <summary>Bytes of each connection read so far.</summary>
    public ReadCounts Read { get; init; } = new();

    /// <summary>Whether the guest is here and its pages are not all.</summary>
    public bool IsInPostcopy => Status is "postcopy-active" or "postcopy-paused" or "postcopy-recover";

    /// <summary>Whether the status is completed or failed.</summary>
    public bool IsTerminal => Status is "completed" or "failed";
}

/// <summary>The member <c>ram</c> of a reply to <c>query-migrate</c>.</summary>
public sealed record RamFigures
{
    /// <summary><c>transferred</c>: bytes.</summary>
    public long Transferred { get; set; }

    /// <summary><c>remaining</c>: bytes.</summary>
    public long Remaining { get; set; }

    /// <summary><c>total</c>: bytes.</summary>
    public long Total { get; set; }

    /// <summary><c>duplicate</c>: received_zero_pages.</summary>
    public long Duplicate { get; set; }

    /// <summary><c>normal</c>: received_normal_pages.</summary>
    public long Normal { get; set; }

    /// <summary><c>normal-bytes</c>.</summary>
    public long NormalBytes { get; set; }

    /// <summary><c>page-size</c>: bytes.</summary>
    public long PageSize { get; set; }

    /// <summary><c>multifd-bytes</c>.</summary>
    public long MultifdBytes { get; set; }

    /// <summary><c>precopy-bytes</c>.</summary>
    public long PrecopyBytes { get; set; }

    /// <summary><c>downtime-bytes</c>.</summary>
    public long DowntimeBytes { get; set; }

    /// <summary><c>postcopy-bytes</c>.</summary>
    public long PostcopyBytes { get; set; }

    /// <summary><c>postcopy-requests</c>.</summary>
    public long PostcopyRequests { get; set; }

    /// <summary><c>xbzrle-pages</c>: received_xbzrle_pages.</summary>
    public long XbzrlePages { get; set; }

    /// <summary><c>xbzrle-bytes</c>.</summary>
    public long XbzrleBytes { get; set; }

    /// <summary><c>mbps</c>.</summary>
    public double Mbps { get; set; }

    /// <summary><c>pages-per-second</c>.</summary>
    public long PagesPerSecond { get; set; }

    /// <summary><c>postcopy-pages</c>; null when absent.</summary>
    public long? PostcopyPages { get; set; }

    /// <summary><c>urgent-pages</c>; null when absent.</summary>
    public long? UrgentPages { get; set; }

    /// <summary><c>dropped-pages</c>; null when absent.</summary>
    public long? DroppedPages { get; set; }

    /// <summary><c>discarded-pages</c>; null when absent.</summary>
    public long? DiscardedPages { get; set; }

    /// <summary>The sum of all other numbers: what only a source has figures of.</summary>
    public long Others { get; set; }

    /// <summary>Page records of any kind.</summary>
    public long Records => Normal + Duplicate + XbzrlePages;

    /// <summary>What a reply has to say of figures.</summary>
    /// <param name="figures">The figures.</param>
    /// <returns>The member <c>ram</c>.</returns>
    public static RamFigures Of(MigrationStatistics figures) => new()
    {
        Transferred = figures.TransferredBytes,
        Remaining = figures.RemainingBytes,
        Total = figures.TotalBytes,
        Duplicate = figures.ZeroPages,
        Normal = figures.NormalPages,
        NormalBytes = figures.NormalPages * figures.PageSizeBytes,
        PageSize = figures.PageSizeBytes,
        MultifdBytes = figures.MultifdBytes,
        PrecopyBytes = figures.PrecopyBytes,
        DowntimeBytes = figures.DowntimeBytes,
        PostcopyBytes = figures.PostcopyBytes,
        PostcopyRequests = figures.PostcopyRequests,
        XbzrlePages = figures.XbzrlePages,
        XbzrleBytes = figures.XbzrleBytes,
        Mbps = figures.Mbps,
        PagesPerSecond = (long)figures.PagesPerSecond,
        PostcopyPages = figures.IsPostcopy ? figures.PostcopyPages : null,
        UrgentPages = figures.IsPostcopy ? figures.UrgentPages : null,
        DroppedPages = figures.IsPostcopy ? figures.DroppedPages : null,
        DiscardedPages = figures.IsPostcopy ? figures.DiscardedPages : null,
    };
}
