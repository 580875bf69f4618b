namespace Qemu.Migration.Destination;

/// <summary>One thing this destination does unlike QEMU, on purpose.</summary>
/// <param name="Id">The fault of stream reference, section 9.1 (L1) or 9.2 (#45), or a name of our own.</param>
/// <param name="Qemu">What QEMU does.</param>
/// <param name="Here">What this destination does, and why.</param>
/// <param name="Test">The test that holds it to that, as Class.Method.</param>
public sealed record Deviation(string Id, string Qemu, string Here, string Test);

/// <summary>
/// The whole list: everything else is accepted and rejected as a real destination accepts and rejects it, with the same final
/// state. A comparison with a real QEMU that meets a difference finds its id here, or has found a bug.
/// </summary>
public static class Deviations
{
    /// <summary>Every deviation.</summary>
    public static IReadOnlyList<Deviation> All { get; } =
    [
        new("L1",
            "Main waits for every multifd channel at a sync, whatever has become of them: a failed channel hangs QEMU for ever.",
            "Every wait ends when a channel fails or ends; the migration fails with that channel's error.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("L3",
            "A channel's error after the last sync fails the destination, and the source is told SHUT(0): the guest is lost.",
            "SHUT(0) is sent exactly when the migration completed.",
            "MultifdTests.Late_error_on_a_channel_is_not_reported_as_success"),
        new("L5",
            "A stranger's connection makes the migration fail while the listener lives on; a good one that follows aborts QEMU.",
            "A connection that does not begin with QEVM is refused and the migration goes on waiting: a port scan is no source.",
            "ConnectionTests.Stranger_is_refused_and_the_source_that_follows_completes"),
        new("L6",
            "The first bytes of a connection are peeked at in the main loop: a client that sends fewer than four freezes QEMU.",
            "Each connection is looked at in a task of its own; nothing else waits for it.",
            "ConnectionTests.Idle_client_keeps_nobody_waiting"),
        new("L7",
            "A zero page of a multifd packet is not written when it comes first: what was in memory stays.",
            "It is written wherever memory may not be zero; so are the pages a mapped-ram file does not have.",
            "MultifdTests.Pages_of_all_channels_arrive_and_count_in_any_order_of_connection"),
        new("L10",
            "A transport that cannot be opened leaves the state at setup for ever, and no retry is possible.",
            "The state goes back to none and another migrate-incoming may follow.",
            "ConnectionTests.Transport_that_cannot_be_opened_may_be_retried"),
        new("L13",
            "As many bytes of the machine's name are compared as the stream brings: a prefix passes.",
            "The whole name is compared: a stream of another machine must not load.",
            "CraftedStreamTests.Malformed_stream_fails_with_its_code_and_never_starts_the_guest"),
        new("L14",
            "A modern source against a destination with multifd-flush-after-each-section hangs.",
            "The FLUSH record that gives such a source away is refused.",
            "MultifdTests.Modern_source_against_a_legacy_destination_fails_where_qemu_hangs"),
        new("L15",
            "A mapped-ram block of another length is loaded as far as it goes, and a run of pages may cross the block's end; with multifd a "
                + "reader that fails there hangs or kills QEMU.",
            "Lengths must be equal, no run goes beyond them, and a reader's error fails the migration.",
            "CraftedStreamTests.Malformed_stream_fails_with_its_code_and_never_starts_the_guest"),
        new("L16",
            "A multifd page that is not page-aligned is taken and half-overwrites two pages.",
            "It is refused.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("#35",
            "A channel whose first packet is refused while the next ones are being set up kills QEMU, now and then.",
            "The migration fails with that channel's error.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("#45",
            "A multifd channel whose id is the number of channels is taken, behind the end of an array: QEMU 10.0 dies.",
            "It is refused.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("#46",
            "A compressed payload longer than its buffer, or for no page, is read all the same: QEMU 10.0 dies.",
            "It is refused.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("#47",
            "The page size in a mapped-ram header is believed: QEMU 10.0 divides by zero, or loads by a bitmap of other pages.",
            "It must be the machine's.",
            "CraftedStreamTests.Malformed_stream_fails_with_its_code_and_never_starts_the_guest"),
        new("#48",
            "With x-ignore-shared and mapped-ram QEMU before 11.0 does not read the block's address and loses its place.",
            "The address is read, as in QEMU 11.",
            "CraftedStreamTests.Odd_stream_that_a_real_destination_accepts_completes"),
        new("EARLY",
            "A packet with pages that comes before main has begun with RAM meets a bitmap that is not there: QEMU dies, now and then.",
            "Pages are taken when main and all channels are there.",
            "MultifdTests.Malformed_channel_fails_the_migration_and_the_source_is_told"),
        new("VMDESC",
            "A stream that ends before or in its VMDESCRIPTION completes, and the source is told SHUT(1): both sides may go on.",
            "It completes, and the source is told so.",
            "ConnectionTests.Stream_that_ends_in_its_description_completes_and_the_source_is_told_so"),
        new("BITMAP",
            "The section dirty-bitmap is read by flags and names, whatever the machine has: a bitmap of an unknown disk may pass.",
            "Only its empty form is read; there is no block device here.",
            "CraftedStreamTests.Malformed_stream_fails_with_its_code_and_never_starts_the_guest"),
        new("CLAIM",
            "A claimed length of 4 GiB (machine name, number of capabilities) is allocated; QEMU 10.0.2 dies.",
            "The claim is held against a limit first and the migration fails.",
            "CraftedStreamTests.Malformed_stream_fails_with_its_code_and_never_starts_the_guest"),
        new("C7",
            "A page cut off by the end of the stream is partly written, and its received bit is set.",
            "A record that is not whole leaves no trace: not in memory, not in the bitmap, not in the counters.",
            "PayloadTests.Stream_cut_at_any_byte_fails_and_counts_whole_records_only"),
        new("T1",
            "(The posted patch.) COMPLETED is visible before total_time is stored.",
            "The figures are stored first; whoever sees a terminal status sees them.",
            "StatisticsTests.Figures_are_stored_before_the_terminal_status_is_visible"),
        new("T3",
            "(The posted patch.) A failed migration has no figures.",
            "It has: when it began, how long it took, what it had received.",
            "StatisticsTests.Failed_migration_keeps_its_figures"),
    ];
}
