namespace Simulation.Oracle;

/// <summary>What the reader must know of the destination machine: everything that the wire does not say.</summary>
/// <remarks>
/// Stream reference, sections 1.3-1.7 and 7.5. The property <c>store-global-state</c> has no place here: it decides
/// what a source
/// sends; a destination loads the <c>globalstate</c> section whenever it comes.
/// </remarks>
public sealed record OracleMachine
{
    /// <summary>Machine type name, compared whole with the CONFIGURATION section.</summary>
    public required string Name { get; init; }

    /// <summary>Target page size in bytes, a power of two; 4096 on x86.</summary>
    public int PageSize { get; init; } = 4096;

    /// <summary>
    /// Page size of the host in bytes; decides whether MEM_SIZE carries a block page size under postcopy.
    /// </summary>
    public int HostPageSize { get; init; } = 4096;

    /// <summary>
    /// Property <c>send-configuration</c>: the CONFIGURATION section is mandatory after the file header.
    /// </summary>
    public bool SendConfiguration { get; init; } = true;

    /// <summary>Property <c>send-section-footer</c>: every section ends in a footer.</summary>
    public bool SendSectionFooter { get; init; } = true;

    /// <summary>Machine property <c>suppress-vmdesc</c>: no VMDESCRIPTION is read after EOF.</summary>
    public bool SuppressVmDescription { get; init; }

    /// <summary>
    /// Property <c>multifd-flush-after-each-section</c>: multifd synchronises at every EOS instead of at FLUSH.
    /// </summary>
    public bool MultifdFlushAfterEachSection { get; init; }

    /// <summary>
    /// Property <c>switchover-ack-legacy</c>: the source waits for one SWITCHOVER_ACK. Null where the destination does not
    /// know, and sends it once three rounds have brought no page.
    /// </summary>
    public bool? SwitchoverAckLegacy { get; init; } = true;

    /// <summary>False for a guest started with <c>-S</c>: a live guest ends <c>paused</c>.</summary>
    public bool Autostart { get; init; } = true;

    /// <summary>The 16 bytes given with <c>-uuid</c>, empty when none was given.</summary>
    public ReadOnlyMemory<byte> Uuid { get; init; }

    /// <summary>RAM blocks; names are unique.</summary>
    public IReadOnlyList<OracleBlock> Blocks { get; init; } = [];

    /// <summary>
    /// Section handlers in registration order, which decides whom a section id of 0 finds (section 1.3).
    /// </summary>
    public required IReadOnlyList<OracleHandler> Handlers { get; init; }

    /// <summary>
    /// The machine <c>none</c>: handlers <c>timer</c>, <c>ram</c>, <c>dirty-bitmap</c>, <c>globalstate</c>.
    /// </summary>
    /// <param name="blocks">RAM blocks; may be empty.</param>
    public static OracleMachine None(params OracleBlock[] blocks) => new()
    {
        Name = "none",
        Blocks = blocks,
        Handlers = [OracleHandler.Timer, OracleHandler.Ram, OracleHandler.DirtyBitmap, OracleHandler.GlobalState],
    };

    /// <summary>Builds a machine from the VMDESCRIPTION at the end of a recorded stream (section 1.9).</summary>
    /// <param name="stream">The whole main stream, ending with its VMDESCRIPTION.</param>
    /// <param name="name">Machine type name.</param>
    /// <param name="blocks">RAM blocks, which the description does not list.</param>
    /// <returns>
    /// A machine whose devices have the recorded layouts. A device accepts no version below the recorded one, since the
    /// layout of
    /// older versions is not in the description; subsections that the source did not send are unknown.
    /// </returns>
    /// <exception cref="ArgumentException">The stream does not end in a VMDESCRIPTION.</exception>
    public static OracleMachine FromVmDescription(ReadOnlySpan<byte> stream, string name, params OracleBlock[] blocks)
    {
        if (!OracleVmDescription.TryFind(stream, out int offset))
            throw new ArgumentException("the stream does not end in a VMDESCRIPTION", nameof(stream));

        (int pageSize, IReadOnlyList<OracleHandler> handlers) = OracleVmDescription.Parse(stream[offset..]);
        return new OracleMachine { Name = name, PageSize = pageSize, Blocks = blocks, Handlers = handlers };
    }
}

/// <summary>One RAM block of the destination before the migration.</summary>
/// <param name="Name">Block idstr.</param>
/// <param name="UsedLength">Length in use, bytes, a multiple of the page size.</param>
public sealed record OracleBlock(string Name, long UsedLength)
{
    /// <summary>Length up to which a resizable block may grow, bytes; the used length unless told.</summary>
    public long MaxLength { get; init; } = UsedLength;

    /// <summary>Whether MEM_SIZE may change the used length.</summary>
    public bool Resizable { get; init; }

    /// <summary>Shared and named memory: ignored under <c>x-ignore-shared</c>.</summary>
    public bool Shared { get; init; }

    /// <summary>False for a block that never travels.</summary>
    public bool Migratable { get; init; } = true;

    /// <summary>Guest physical address, compared under <c>x-ignore-shared</c>.</summary>
    public ulong GuestPhysicalAddress { get; init; }

    /// <summary>Page size of the block's backing, bytes.</summary>
    public long BackingPageSize { get; init; } = 4096;
}

/// <summary>What loads the data of a section.</summary>
public enum OracleHandlerKind
{
    /// <summary>The <c>ram</c> section (section 2).</summary>
    Ram,

    /// <summary>A device with a vmstate layout.</summary>
    VMState,

    /// <summary>The <c>globalstate</c> section (section 1.6): a vmstate whose run state name is checked.</summary>
    GlobalState,

    /// <summary>The <c>dirty-bitmap</c> section: only its empty form, one byte 1, is understood.</summary>
    DirtyBitmap,
}

/// <summary>A registered section handler.</summary>
/// <param name="Kind">What loads the data.</param>
/// <param name="IdStr">Name on the wire.</param>
/// <param name="InstanceId">Instance number on the wire.</param>
/// <param name="Layout">The vmstate; for <c>ram</c> and <c>dirty-bitmap</c> only its version counts.</param>
public sealed record OracleHandler(OracleHandlerKind Kind, string IdStr, uint InstanceId, VMStateLayout Layout)
{
    /// <summary>The <c>ram</c> section, version 4 exactly (section 2).</summary>
    public static OracleHandler Ram { get; } =
        new(OracleHandlerKind.Ram, "ram", 0, new VMStateLayout("ram", 4) { MinimumVersion = 4 });

    /// <summary>The <c>dirty-bitmap</c> section, version 1.</summary>
    public static OracleHandler DirtyBitmap { get; } =
        new(OracleHandlerKind.DirtyBitmap, "dirty-bitmap", 0,
            new VMStateLayout("dirty-bitmap", 1) { MinimumVersion = 1 });

    /// <summary>The <c>timer</c> section, version 2; version 1 lacks the last field (section 1.6).</summary>
    public static OracleHandler Timer { get; } =
        new(OracleHandlerKind.VMState, "timer", 0, new VMStateLayout("timer", 2)
    {
        MinimumVersion = 1,
        Fields = [new("cpu_ticks_offset", 8), new("unused", 8), new("cpu_clock_offset", 8) { SinceVersion = 2 }],
    });

    /// <summary>The <c>globalstate</c> section, version 1 (section 1.6).</summary>
    public static OracleHandler GlobalState { get; } =
        new(OracleHandlerKind.GlobalState, "globalstate", 0, new VMStateLayout("globalstate", 1)
        {
            MinimumVersion = 1,
            Fields =
            [
                new("size", 4), new("runstate", 32), new("has_vm_was_suspended", 1), new("vm_was_suspended", 1),
                new("unused", 66),
            ],
        });
}
