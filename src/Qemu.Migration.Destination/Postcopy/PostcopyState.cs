namespace Qemu.Migration.Destination.Postcopy;

/// <summary>
/// How far postcopy is (stream reference, section 6.3), QEMU's <c>PostcopyState</c>:
/// <code>
/// None -- ADVISE --> Advised -- DISCARD* --> Discarding -- LISTEN --> Listening -- RUN --> Running -- all pages there --> Ended
///                       |                                    ^
///                       +------------ LISTEN ----------------+     (QEMU falls back to Discarding here: deviation L2)
/// </code>
/// </summary>
internal enum PostcopyState
{
    /// <summary>POSTCOPY_INCOMING_NONE: the source has not said that it may go on in postcopy.</summary>
    None,

    /// <summary>POSTCOPY_INCOMING_ADVISE: it has.</summary>
    Advised,

    /// <summary>POSTCOPY_INCOMING_DISCARD: pages that the source has written again are thrown away.</summary>
    Discarding,

    /// <summary>POSTCOPY_INCOMING_LISTENING: pages may be missing; device state is loaded.</summary>
    Listening,

    /// <summary>POSTCOPY_INCOMING_RUNNING: the guest runs here.</summary>
    Running,

    /// <summary>POSTCOPY_INCOMING_END: nothing is missing any more.</summary>
    Ended,
}
