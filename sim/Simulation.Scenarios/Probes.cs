using Simulation.Engine.Probes;
using Simulation.Source.Deviations;

namespace Simulation.Scenarios;

/// <summary>
/// The situations that a campaign must have met: a simulator that never comes across them does not test what it claims to. Rare ones
/// need several things at once and may be missed by a short campaign.
/// </summary>
public static class Probes
{
    private static readonly Probe[] Modes;

    static Probes()
    {
        Modes = [.. DeviantModes.All.Concat(DeviantModes.InPostcopy).Select(info => Catalogue.Register($"deviation/{info.Mode}", isRare: true))];
    }

    /// <summary>All probes.</summary>
    public static ProbeCatalogue Catalogue { get; } = new();

    /// <summary>The migration completed.</summary>
    public static Probe Completed { get; } = Register("end/completed");

    /// <summary>The migration failed while it was loading.</summary>
    public static Probe FailedFromActive { get; } = Register("end/failed from active");

    /// <summary>The migration failed before all connections were there.</summary>
    public static Probe FailedFromSetup { get; } = Register("end/failed from setup", isRare: true);

    /// <summary>The migration waits for a connection that never comes.</summary>
    public static Probe WaitsForConnection { get; } = Register("end/waits for a connection");

    /// <summary>Less than a millisecond passed between active and the end.</summary>
    public static Probe TookNoTime { get; } = Register("end/within a millisecond");

    /// <summary>A page arrived a second time.</summary>
    public static Probe PageTwice { get; } = Register("ram/a page arrives twice");

    /// <summary>A zero page arrived where the memory was something else at first.</summary>
    public static Probe ZeroOnPoison { get; } = Register("ram/zero page on poisoned memory");

    /// <summary>A page came while the source's guest was stopped.</summary>
    public static Probe PageAfterSwitchover { get; } = Register("ram/records after the switchover");

    /// <summary>The source looked at the dirty log at least five times.</summary>
    public static Probe Iterations { get; } = Register("ram/five iterations");

    /// <summary>The guest was stopped for longer than the downtime limit.</summary>
    public static Probe DowntimeExceeded { get; } = Register("ram/downtime limit exceeded");

    /// <summary>A shared block was left out.</summary>
    public static Probe BlockIgnored { get; } = Register("ram/a shared block is left out");

    /// <summary>There was no RAM at all.</summary>
    public static Probe NoRam { get; } = Register("ram/a machine without RAM");

    /// <summary>A block grew to its length at the source.</summary>
    public static Probe BlockGrew { get; } = Register("ram/a resizable block grows");

    /// <summary>A block shrank to its length at the source.</summary>
    public static Probe BlockShrank { get; } = Register("ram/a resizable block shrinks");

    /// <summary>A migration completed beside a block that does not migrate.</summary>
    public static Probe BlockStays { get; } = Register("ram/a block does not migrate");

    /// <summary>A block had no bytes at the source.</summary>
    public static Probe BlockWithoutBytes { get; } = Register("ram/a block without bytes");

    /// <summary>Two blocks' names began with the same 32 bytes.</summary>
    public static Probe NamesAlike { get; } = Register("ram/long block names that begin alike");

    /// <summary>A machine whose pages are larger than those of x86 arrived.</summary>
    public static Probe LargePages { get; } = Register("ram/pages of more than 4 KiB");

    /// <summary>A machine with subsections arrived.</summary>
    public static Probe RichDevices { get; } = Register("devices/arrays, structures and subsections");

    /// <summary>A migration failed because a subsection was newer here than there, or older.</summary>
    public static Probe SubsectionVersion { get; } = Register("devices/subsection of a wrong version");

    /// <summary>More than 8 multifd channels brought pages.</summary>
    public static Probe ManyChannels { get; } = Register("multifd/more than 8 channels", isRare: true);

    /// <summary>A page lay beyond 4 GiB in its block.</summary>
    public static Probe FarPage { get; } = Register("ram/a page beyond 4 GiB", isRare: true);

    /// <summary>The bitmap of a block in a file was longer than a page.</summary>
    public static Probe LongBitmap { get; } = Register("mapped-ram/a bitmap of more than a page", isRare: true);

    /// <summary>A mapped-ram migration did not begin at the beginning of its file.</summary>
    public static Probe FileOffset { get; } = Register("mapped-ram/begins at an offset", isRare: true);

    /// <summary>The machine had more than 32 blocks.</summary>
    public static Probe ManyBlocks { get; } = Register("ram/more than 32 blocks", isRare: true);

    /// <summary>A delta was sent.</summary>
    public static Probe XbzrleDelta { get; } = Register("xbzrle/delta");

    /// <summary>A delta was longer than its page.</summary>
    public static Probe XbzrleOverflow { get; } = Register("xbzrle/overflow");

    /// <summary>A page was found unchanged and not sent.</summary>
    public static Probe XbzrleSkip { get; } = Register("xbzrle/skipped unchanged page", isRare: true);

    /// <summary>A page was not in the cache.</summary>
    public static Probe XbzrleMiss { get; } = Register("xbzrle/cache miss");

    /// <summary>Main came to a meeting before the channels.</summary>
    public static Probe MainWaits { get; } = Register("multifd/main waits for a channel");

    /// <summary>The channels came to a meeting before main.</summary>
    public static Probe ChannelsWait { get; } = Register("multifd/channels wait for main");

    /// <summary>A channel was at fault, or ended, while main was good.</summary>
    public static Probe ChannelFault { get; } = Register("multifd/a channel fails");

    /// <summary>Pages came compressed.</summary>
    public static Probe Compressed { get; } = Register("multifd/compressed pages");

    /// <summary>A channel was known before main was.</summary>
    public static Probe ChannelBeforeMain { get; } = Register("multifd/a channel comes before main");

    /// <summary>A mapped-ram file was loaded by several readers.</summary>
    public static Probe MappedRamInParallel { get; } = Register("mapped-ram/read in parallel");

    /// <summary>A mapped-ram file was loaded.</summary>
    public static Probe MappedRam { get; } = Register("mapped-ram/loaded");

    /// <summary>A migration file ended early.</summary>
    public static Probe FileEnds { get; } = Register("file/ends early");

    /// <summary>The stream ended inside a page.</summary>
    public static Probe EndInsidePage { get; } = Register("stream/ends inside a RAM record");

    /// <summary>The stream ended between two structures.</summary>
    public static Probe EndBetween { get; } = Register("stream/ends where a section was expected");

    /// <summary>The connection was reset.</summary>
    public static Probe Reset { get; } = Register("stream/reset while loading");

    /// <summary>The connection was reset after the source had stopped its guest.</summary>
    public static Probe ResetAfterSwitchover { get; } = Register("stream/reset after the switchover", isRare: true);

    /// <summary>A byte was changed and nobody could notice.</summary>
    public static Probe CorruptedAndAccepted { get; } = Register("stream/corrupted byte accepted");

    /// <summary>A byte was changed and the migration failed.</summary>
    public static Probe CorruptedAndRejected { get; } = Register("stream/corrupted byte rejected");

    /// <summary>A read brought fewer bytes than a section's header has.</summary>
    public static Probe ShortRead { get; } = Register("stream/reads of a few bytes");

    /// <summary>A stranger was refused.</summary>
    public static Probe StrangerRefused { get; } = Register("connection/stranger refused");

    /// <summary>Another source came while one was loaded, and was refused.</summary>
    public static Probe SecondSource { get; } = Register("connection/second source refused");

    /// <summary>A client said less than four bytes, and the migration went on beside it.</summary>
    public static Probe IdleClient { get; } = Register("connection/idle client beside a migration");

    /// <summary>The source came before anybody listened.</summary>
    public static Probe SourceEarly { get; } = Register("connection/source comes too early");

    /// <summary>The source got SHUT(0).</summary>
    public static Probe ShutZero { get; } = Register("return path/SHUT(0)");

    /// <summary>The source got SHUT(1).</summary>
    public static Probe ShutOne { get; } = Register("return path/SHUT(1)");

    /// <summary>A message could not be sent to the source.</summary>
    public static Probe ReturnPathLost { get; } = Register("return path/message lost");

    /// <summary>The destination allowed the switchover.</summary>
    public static Probe SwitchoverAck { get; } = Register("return path/SWITCHOVER_ACK");

    /// <summary>The last message was lost, and both sides have the guest.</summary>
    public static Probe LastMessageLost { get; } = Register("return path/last message lost, both own the guest", isRare: true);

    /// <summary>The monitor asked while the migration was loading.</summary>
    public static Probe QueryWhileActive { get; } = Register("monitor/query-migrate while active");

    /// <summary>The monitor asked between switchover and completion.</summary>
    public static Probe QueryAfterSwitchover { get; } = Register("monitor/query-migrate between switchover and the end");

    /// <summary>The monitor asked at the very instant of completion, before the status said so.</summary>
    public static Probe QueryAtTheEnd { get; } = Register("monitor/query-migrate at the instant of the end, still active");

    /// <summary>The monitor asked at the very instant of completion, after the status said so.</summary>
    public static Probe QueryBehindTheEnd { get; } = Register("monitor/query-migrate at the instant of the end, already over");

    /// <summary>A guest was stopped by command before it had arrived.</summary>
    public static Probe StopBeforeArrival { get; } = Register("monitor/stop before the guest arrives");

    /// <summary>A guest was continued by command before it had arrived.</summary>
    public static Probe ContinueBeforeArrival { get; } = Register("monitor/cont before the guest arrives");

    /// <summary>Capabilities were switched under way.</summary>
    public static Probe CapabilitiesUnderWay { get; } = Register("monitor/capabilities switched while active");

    /// <summary>A second migrate-incoming was refused.</summary>
    public static Probe SecondIncoming { get; } = Register("monitor/second migrate-incoming refused");

    /// <summary>A transport could not be opened, and the next one could.</summary>
    public static Probe TransportRetried { get; } = Register("monitor/migrate-incoming tried again");

    /// <summary>Malformed input came while the migration was loading.</summary>
    public static Probe MalformedUnderWay { get; } = Register("monitor/malformed input while active");

    /// <summary>A migrate-incoming after a failure was refused.</summary>
    public static Probe SecondAttempt { get; } = Register("monitor/migrate-incoming after a failure");

    /// <summary>One read brought several commands.</summary>
    public static Probe CommandsInOneRead { get; } = Register("monitor/several commands in one read");

    /// <summary>Capabilities and parameters were set by commands, and the migration completed.</summary>
    public static Probe SetUpByCommand { get; } = Register("monitor/capabilities and parameters set by command");

    /// <summary>Several sessions were served.</summary>
    public static Probe SeveralSessions { get; } = Register("monitor/several sessions");

    /// <summary>A client hung up.</summary>
    public static Probe SessionLost { get; } = Register("monitor/a client hangs up");

    /// <summary>The host was ended before the source came.</summary>
    public static Probe QuitInSetup { get; } = Register("monitor/quit in setup", isRare: true);

    /// <summary>The host was ended while the migration was loading.</summary>
    public static Probe QuitWhileActive { get; } = Register("monitor/quit while active", isRare: true);

    /// <summary>The host was ended after the migration.</summary>
    public static Probe QuitWhenCompleted { get; } = Register("monitor/quit when completed");

    /// <summary>The host ended because the migration failed.</summary>
    public static Probe ExitOnError { get; } = Register("monitor/exit-on-error");

    /// <summary>A descriptor that a monitor passed was closed.</summary>
    public static Probe DescriptorClosed { get; } = Register("monitor/a descriptor is closed");

    /// <summary>The wall clock went back while the migration was loading.</summary>
    public static Probe WallClockBack { get; } = Register("clock/wall clock jumps back while loading", isRare: true);

    /// <summary>A guest arrived paused because of <c>-S</c>.</summary>
    public static Probe ArrivedPaused { get; } = Register("guest/arrives paused");

    /// <summary>A guest arrived in a run state that is not live.</summary>
    public static Probe ArrivedNotLive { get; } = Register("guest/arrives in a run state that is not live");

    /// <summary>Pages of a packet were read straight into guest memory, in several reads.</summary>
    public static Probe ReadInPlace { get; } = Register("host/multifd pages read in place");

    /// <summary>A connection whose end is said was cut off.</summary>
    public static Probe EndWithoutGoodbye { get; } = Register("host/records end without a goodbye", isRare: true);

    /// <summary>A mapped-ram file was lent.</summary>
    public static Probe FileLent { get; } = Register("host/a file with pages is lent");

    /// <summary>RAM was written through.</summary>
    public static Probe WrittenThrough { get; } = Register("host/memory is written through");

    /// <summary>RAM was written through until it refused.</summary>
    public static Probe WriteRefused { get; } = Register("host/memory refuses to be written through");

    /// <summary>A migration completed in postcopy.</summary>
    public static Probe PostcopyCompleted { get; } = Register("postcopy/completes");

    /// <summary>A source that may do postcopy completed without.</summary>
    public static Probe PostcopyNotNeeded { get; } = Register("postcopy/is allowed and not needed");

    /// <summary>The guest waited for a missing page.</summary>
    public static Probe PostcopyFault { get; } = Register("postcopy/a missing page is awaited");

    /// <summary>A page came on the channel for urgent pages.</summary>
    public static Probe PostcopyUrgent { get; } = Register("postcopy/an urgent page has its own channel", isRare: true);

    /// <summary>Pages were discarded.</summary>
    public static Probe PostcopyDiscarded { get; } = Register("postcopy/pages are discarded");

    /// <summary>The guest moved though no page was discarded (L2).</summary>
    public static Probe PostcopyWithoutDiscard { get; } = Register("postcopy/no page is discarded");

    /// <summary>The connection was lost while the guest ran here.</summary>
    public static Probe PostcopyPaused { get; } = Register("postcopy/pauses");

    /// <summary>The connection was lost when the guest was about to move.</summary>
    public static Probe PostcopyFailed { get; } = Register("postcopy/fails before the guest runs", isRare: true);

    /// <summary>A paused migration went on.</summary>
    public static Probe PostcopyRecovered { get; } = Register("postcopy/recovers");

    /// <summary>A client of the monitor touched pages for the guest.</summary>
    public static Probe PostcopyTouchedByMonitor { get; } = Register("postcopy/a monitor touches pages", isRare: true);

    /// <summary>A paused migration went on twice.</summary>
    public static Probe PostcopyRecoveredTwice { get; } = Register("postcopy/recovers twice", isRare: true);

    /// <summary>The connection was lost in a recovery.</summary>
    public static Probe PostcopyLostInRecovery { get; } = Register("postcopy/a recovery is lost", isRare: true);

    /// <summary>The guest still waited for a page when the connection was lost, and got it behind the recovery.</summary>
    public static Probe PostcopyFaultAcrossRecovery { get; } = Register("postcopy/a page is awaited across a recovery", isRare: true);

    /// <summary>The probe of a deviant mode: it took effect.</summary>
    /// <param name="mode">The mode.</param>
    /// <returns>The probe.</returns>
    public static Probe Of(DeviantMode mode) => Modes[(int)mode];

    private static Probe Register(string name, bool isRare = false) => Catalogue.Register(name, isRare);
}
