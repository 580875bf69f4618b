namespace Simulation.Source.Savevm;

/// <summary>
/// The machine a source migrates, beside its RAM: its name, its device sections and those compatibility properties that change
/// the wire (stream reference, section 7.5).
/// </summary>
/// <param name="Name">The machine type's name, ASCII, as CONFIGURATION carries it.</param>
public sealed record SourceMachine(string Name)
{
    /// <summary>The id of the <c>ram</c> section.</summary>
    public uint RamSectionId { get; init; } = 1;

    /// <summary>The id of the <c>dirty-bitmap</c> section, which every machine has and only <c>dirty-bitmaps</c> sends.</summary>
    public uint DirtyBitmapSectionId { get; init; } = 2;

    /// <summary>The device sections in the order they are sent.</summary>
    public IReadOnlyList<DeviceState> Devices { get; init; } = [];

    /// <summary>The guest's UUID (<c>-uuid</c>), or null.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>TARGET_PAGE_BITS where the machine sends it, else null: x86 does not, its pages cannot vary.</summary>
    public uint? TargetPageBits { get; init; }

    /// <summary>TARGET_PAGE_SIZE.</summary>
    public int PageBytes => 1 << (int)(TargetPageBits ?? 12);

    /// <summary><c>send-configuration</c>.</summary>
    public bool SendConfiguration { get; init; } = true;

    /// <summary><c>send-section-footer</c>.</summary>
    public bool SendSectionFooter { get; init; } = true;

    /// <summary><c>send-switchover-start</c>, off for machine types up to 9.2.</summary>
    public bool SendSwitchoverStart { get; init; } = true;

    /// <summary><c>multifd-flush-after-each-section</c>, on for machine types up to 8.0 (section 4.6).</summary>
    public bool MultifdFlushAfterEachSection { get; init; }

    /// <summary><c>switchover-ack-legacy</c>, on for machine types up to 11.0: the source waits for one SWITCHOVER_ACK, whatever its
    /// devices. Where it is off no device asks for one, and the source fails if it gets one.</summary>
    public bool SwitchoverAckLegacy { get; init; } = true;

    /// <summary><c>suppress-vmdesc</c>: no VMDESCRIPTION.</summary>
    public bool SuppressVmDescription { get; init; }

    /// <summary><c>-M none</c>: <c>timer</c> and <c>globalstate</c> and no other device (section 1.5).</summary>
    /// <param name="ticksOffset">cpu_ticks_offset of the timer.</param>
    /// <param name="clockOffset">cpu_clock_offset of the timer in nanoseconds.</param>
    /// <param name="runState">The run state in <c>globalstate</c>.</param>
    /// <returns>The machine.</returns>
    public static SourceMachine None(long ticksOffset = 0, long clockOffset = 0, string runState = "running") => new("none")
    {
        Devices = [DeviceState.Timer(0, ticksOffset, clockOffset), DeviceState.GlobalState(3, runState)],
    };
}
