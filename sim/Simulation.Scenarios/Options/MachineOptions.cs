namespace Simulation.Scenarios.Options;

/// <summary>The machine that migrates: its sections, and the compat properties that change the wire (stream reference, section 7.5).
/// All members absent: the machine <c>none</c> of a current QEMU.</summary>
public sealed record MachineOptions
{
    /// <summary>How many device sections it has beside <c>timer</c> and <c>globalstate</c>: above 0 it is a small pc.</summary>
    public int DeviceCount { get; init; }

    /// <summary>Whether its devices have arrays, structures and subsections, in versions that differ from side to side, and share
    /// names.</summary>
    public bool HasRichDevices { get; init; }

    /// <summary>The machine type's name; absent for one that fits the other members. Where <see cref="AckIsUnknown"/> it has no
    /// version.</summary>
    public string? Name { get; init; }

    /// <summary>Whether the guest has a UUID (<c>-uuid</c>).</summary>
    public bool HasUuid { get; init; }

    /// <summary>That UUID; absent for the usual one.</summary>
    public Guid? Uuid { get; init; }

    /// <summary><c>send-configuration=off</c>.</summary>
    public bool OmitsConfiguration { get; init; }

    /// <summary><c>send-section-footer=off</c>.</summary>
    public bool OmitsSectionFooters { get; init; }

    /// <summary><c>send-switchover-start=off</c>.</summary>
    public bool OmitsSwitchoverStart { get; init; }

    /// <summary><c>store-global-state=off</c>: no <c>globalstate</c> section.</summary>
    public bool OmitsGlobalState { get; init; }

    /// <summary><c>suppress-vmdesc=on</c>.</summary>
    public bool OmitsDescription { get; init; }

    /// <summary><c>multifd-flush-after-each-section=on</c>.</summary>
    public bool FlushesAfterEachSection { get; init; }

    /// <summary>Whether the source tells with FLUSH records where channels meet, though the destination has
    /// <c>multifd-flush-after-each-section=on</c> (fault L14). Means nothing where that is off.</summary>
    public bool SourceFlushesByRecord { get; init; }

    /// <summary>Whether the source syncs after each section, though the destination waits for FLUSH records (deviation UNSYNCED). Means
    /// nothing where the destination has <c>multifd-flush-after-each-section=on</c>.</summary>
    public bool SourceFlushesAfterEachSection { get; init; }

    /// <summary><c>switchover-ack-legacy=off</c> at the source: it is of 11.1 or newer, and waits for no SWITCHOVER_ACK.</summary>
    public bool SourceNeedsNoAck { get; init; }

    /// <summary>Whether the destination has to find out by itself whether the source waits for a SWITCHOVER_ACK: its machine has no
    /// version.</summary>
    public bool AckIsUnknown { get; init; }

    /// <summary>Whether the source's devices are of an older version, which lacks a field.</summary>
    public bool SourceIsOlder { get; init; }

    /// <summary>The guest's run state at the source when it is stopped, a QAPI name; absent for <c>running</c>.</summary>
    public string? RunState { get; init; }

    /// <summary>Whether the destination was started with <c>-S</c>.</summary>
    public bool StartsPaused { get; init; }

    /// <summary>TARGET_PAGE_BITS, 13 to 16, of a machine whose pages can vary; absent for the 12 of x86, which no stream tells.</summary>
    public int? PageBits { get; init; }

    /// <summary>TARGET_PAGE_SIZE in bytes.</summary>
    internal int PageBytes => 1 << (PageBits ?? 12);
}

/// <summary>One RAM block.</summary>
/// <param name="Name">Its idstr, 1 to 255 ASCII characters.</param>
/// <param name="Pages">Its length at the source in pages, without pages that are free; 0 for a block without bytes.</param>
public sealed record BlockOptions(string Name, int Pages)
{
    /// <summary>Whether it is shared and named, so that <c>x-ignore-shared</c> leaves it out.</summary>
    public bool Shared { get; init; }

    /// <summary>Its length at the destination before the migration, in pages; absent for the source's.</summary>
    public int? PagesHere { get; init; }

    /// <summary>The length that it may grow to at the destination, in pages; 0 for a block that is not resizable.</summary>
    public int MostPages { get; init; }

    /// <summary>Pages in its middle that the guest has told to be free (free page hinting): the source never sends them, a mapped-ram file
    /// has a hole there, and nothing is stored for them.</summary>
    public int FreePages { get; init; }

    /// <summary>Whether it does not migrate: the source never names it.</summary>
    public bool Stays { get; init; }

    /// <summary>Pages at the destination before the migration.</summary>
    internal int FirstPagesHere => PagesHere ?? Pages + FreePages;

    /// <summary>Pages that the destination maps.</summary>
    internal int MappedPages => Math.Max(MostPages, FirstPagesHere);
}
